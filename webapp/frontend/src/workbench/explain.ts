// What a name means: under the pointer that rests on it, and by F2 for whoever uses the keyboard.
import { type Extension, StateEffect, StateField } from "@codemirror/state";
import { EditorView, hoverTooltip, type KeyBinding, showTooltip, type Tooltip } from "@codemirror/view";
import { declared, expand, shorten } from "./prefixes";
import { tokens } from "./tokens";
import { say, type Told } from "./told";
import { card, counted, type Term, type Vocabulary } from "./vocabulary";

interface Meant {
  from: number;
  to: number;
  term: Term;
  written: string;
}

const show = StateEffect.define<Tooltip | null>();
const shown = StateField.define<Tooltip | null>({
  create: () => null,
  update(value, { effects, docChanged, selection }) {
    const asked = effects.find((effect) => effect.is(show));
    return asked ? (asked.value as Tooltip | null) : docChanged || selection ? null : value;
  },
  provide: (field) => showTooltip.from(field),
});

/** Show what names mean to whoever points at them. */
export function explanation(told: Told, vocabulary: Vocabulary): Extension {
  return [
    shown,
    hoverTooltip(
      (view, at) => {
        const meant = meantAt(view, at, vocabulary);
        return meant ? tooltip(told, meant) : null;
      },
      { hideOnChange: true },
    ),
  ];
}

/** The keys that show and hide what the name at the cursor means; ``announce`` says it too. */
export function explaining(told: Told, vocabulary: Vocabulary, announce: (text: string) => void): KeyBinding[] {
  return [
    {
      key: "F2",
      run: (view) => {
        const meant = meantAt(view, view.state.selection.main.head, vocabulary);
        view.dispatch({ effects: show.of(meant ? tooltip(told, meant) : null) });
        const { term } = meant ?? {};
        announce(term ? [term.label, counted(told, term), term.definition ?? ""].filter(Boolean).join(". ") : say(told, "unexplained"));
        return true;
      },
    },
    {
      key: "Escape",
      run: (view) => {
        if (!view.state.field(shown)) return false;
        view.dispatch({ effects: show.of(null) });
        return true;
      },
    },
  ];
}

function meantAt(view: EditorView, at: number, vocabulary: Vocabulary): Meant | undefined {
  const found = tokens(view.state.sliceDoc());
  const own = declared(found.filter(({ kind }) => kind !== "space" && kind !== "comment"));
  for (const token of found) {
    if (token.from > at || token.to < at) continue;
    const iri = expand(token, own, vocabulary.prefixes);
    const term = iri === undefined ? undefined : vocabulary.term(iri);
    if (term) return { from: token.from, to: token.to, term, written: shorten(term.iri, own, vocabulary.prefixes).text };
  }
  return undefined;
}

function tooltip(told: Told, { from, to, term, written }: Meant): Tooltip {
  return { pos: from, end: to, above: true, create: () => ({ dom: card(told, term, written) }) };
}
