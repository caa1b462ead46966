// The editor: CodeMirror in a shadow tree, where its style sheet is adopted and needs no leave of the page's policy.
import { closeBrackets, closeBracketsKeymap, completionKeymap, completionStatus } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, foldGutter, foldKeymap, indentUnit, LanguageSupport } from "@codemirror/language";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, Prec, type Extension } from "@codemirror/state";
import {
  drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, type KeyBinding, keymap, lineNumbers,
} from "@codemirror/view";
import { styleTags, tags } from "@lezer/highlight";
import { SparqlLanguage } from "codemirror-lang-sparql";
import { completion } from "./complete";
import { explaining, explanation } from "./explain";
import { problems } from "./problems";
import { say, type Told } from "./told";
import { theme } from "./theme";
import type { Vocabulary } from "./vocabulary";

export interface Wishes {
  parent: HTMLElement;
  query: string;
  told: Told;
  vocabulary: Vocabulary;
  announce: (text: string) => void;
  changed: () => void;
  run: () => boolean;
  /** Returns whether there was something to cancel. */
  cancel: () => boolean;
  tidy: () => boolean;
}

// The grammar colours variables, words and texts; names with a prefix are coloured here.
const coloured = SparqlLanguage.configure({
  props: [styleTags({ "Pname_ln Pname_ns": tags.namespace, A_predicate: tags.keyword })],
});
const language = new LanguageSupport(coloured, [
  coloured.data.of({ commentTokens: { line: "#" }, closeBrackets: { brackets: ["(", "[", "{", '"', "'"] } }),
]);

/** Make the editor within an element of the page. */
export function edit(wishes: Wishes): EditorView {
  const { parent, query, told, vocabulary } = wishes;
  const root = parent.attachShadow({ mode: "open" });
  return new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: query,
      extensions: [
        keys(wishes),
        lineNumbers(), foldGutter(), problems(), highlightSpecialChars(), history(), drawSelection(), bracketMatching(), closeBrackets(),
        highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches({ minSelectionLength: 3 }),
        EditorState.allowMultipleSelections.of(true), EditorState.tabSize.of(2), indentUnit.of("  "), EditorView.lineWrapping,
        EditorState.phrases.of({ ...told.phrases }),
        language, completion(told, vocabulary), explanation(told, vocabulary), theme,
        EditorView.contentAttributes.of({ "aria-label": say(told, "editor"), spellcheck: "false", autocapitalize: "off" }),
        EditorView.updateListener.of(({ docChanged }) => docChanged && wishes.changed()),
      ],
    }),
  });
}

function keys({ told, vocabulary, announce, run, cancel, tidy }: Wishes): Extension {
  const own: KeyBinding[] = [
    { key: "Mod-Enter", run },
    { key: "Shift-Alt-f", run: tidy },
    ...explaining(told, vocabulary, announce),
    // Escape closes suggestions first; a query is only cancelled by the next one.
    { key: "Escape", run: ({ state }) => completionStatus(state) !== "active" && cancel() },
  ];
  return [
    Prec.high(keymap.of(own)),
    keymap.of([...closeBracketsKeymap, ...completionKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...defaultKeymap, indentWithTab]),
  ];
}
