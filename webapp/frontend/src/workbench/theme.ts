// The looks of the editor, in the colours of tokens.css: it stands in a shadow tree, where only these rules hold.
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const looks = EditorView.theme({
  "&": { backgroundColor: "var(--paper)", color: "var(--ink)", border: "1px solid var(--edge)", borderRadius: "var(--radius-s)", fontSize: ".9rem" },
  "&.cm-focused": { outline: "3px solid var(--focus)", outlineOffset: "2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", maxHeight: "min(34rem, 70vh)", overflow: "auto" },
  ".cm-content, .cm-gutter": { minHeight: "12rem" },
  ".cm-content": { caretColor: "var(--ink)", padding: ".5rem 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--panel)", color: "var(--soft)", borderRight: "1px solid var(--rule)" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--panel) 60%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, .cm-content ::selection": {
    backgroundColor: "color-mix(in srgb, var(--accent) 25%, transparent)",
  },
  ".cm-selectionMatch, .cm-searchMatch": { backgroundColor: "var(--warm-paper)", outline: "1px solid var(--warm)" },
  ".cm-searchMatch-selected": { backgroundColor: "color-mix(in srgb, var(--accent) 25%, transparent)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "transparent", outline: "1px solid var(--accent)" },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "var(--bad-paper)", outline: "1px solid var(--bad)" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--panel)", border: "1px solid var(--edge)", color: "var(--ink)" },

  // What is wrong
  ".cm-problem-line": { backgroundColor: "var(--bad-paper)" },
  ".cm-problem-mark": { textDecoration: "underline wavy var(--bad)", textUnderlineOffset: ".2em" },
  ".cm-problem": {
    backgroundColor: "var(--bad-paper)", color: "var(--ink)", borderLeft: "4px solid var(--bad)", padding: ".5rem .75rem",
    fontFamily: "var(--sans)", whiteSpace: "normal", overflowWrap: "anywhere",
  },
  ".cm-problem .in-words": { display: "block" },
  ".cm-problem .in-words[lang=en]": { color: "var(--soft)", fontSize: ".9em" },
  ".cm-problem button": { marginTop: ".35rem" },
  ".cm-problem-gutter": { width: "1.1em" },
  ".cm-problem-sign": { display: "block", textAlign: "center", color: "var(--bad)", fontWeight: "700", fontFamily: "var(--sans)" },

  // Panels, suggestions and what names mean
  ".cm-panels": { backgroundColor: "var(--panel)", color: "var(--ink)", fontFamily: "var(--sans)" },
  ".cm-panels-bottom": { borderTop: "1px solid var(--rule)" },
  ".cm-panel.cm-search": { padding: ".5rem .75rem", fontSize: ".875rem" },
  ".cm-panel.cm-search label": { display: "inline-block", fontSize: ".875rem" },
  ".cm-panel.cm-search [name=close]": { fontSize: "1.25rem", minWidth: "1.75rem", minHeight: "1.75rem", color: "var(--ink)", backgroundColor: "transparent" },
  ".cm-textfield": { backgroundColor: "var(--paper)", color: "var(--ink)", border: "1px solid var(--edge)", borderRadius: "var(--radius-s)", padding: ".3rem .5rem", fontSize: ".875rem" },
  ".cm-button, .cm-problem button": {
    backgroundImage: "none", backgroundColor: "var(--paper)", color: "var(--accent)", border: "1px solid var(--edge)",
    borderRadius: "var(--radius-s)", padding: ".3rem .6rem", font: "600 .875rem var(--sans)", cursor: "pointer", textAlign: "start",
  },
  "button:focus-visible, input:focus-visible": { outline: "3px solid var(--focus)", outlineOffset: "1px" },
  ".cm-tooltip": {
    backgroundColor: "var(--paper)", color: "var(--ink)", border: "1px solid var(--edge)", borderRadius: "var(--radius-s)",
    boxShadow: "var(--shadow)", zIndex: "5", maxWidth: "min(40rem, calc(100vw - 2rem))",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: ".85rem", maxHeight: "16rem", maxWidth: "min(40rem, calc(100vw - 2rem))", minWidth: "min(18rem, calc(100vw - 2rem))" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: ".3rem .6rem", lineHeight: "1.4", whiteSpace: "nowrap", overflow: "hidden", textOverflow: "ellipsis" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--accent-ink)" },
  ".cm-tooltip-autocomplete ul li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".cm-completionDetail": { fontFamily: "var(--sans)", fontStyle: "normal", color: "var(--soft)", marginLeft: ".75rem" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-tooltip.cm-completionInfo": { padding: "0", maxWidth: "22rem" },
  ".cm-term": { padding: ".6rem .8rem", maxWidth: "26rem", font: ".875rem/1.45 var(--sans)", whiteSpace: "normal" },
  ".cm-term strong, .cm-term code, .cm-term span": { display: "block" },
  ".cm-term code": { fontFamily: "var(--mono)", fontSize: ".8rem", color: "var(--soft)", overflowWrap: "anywhere" },
  ".cm-term p": { margin: ".4rem 0" },
  ".cm-term span": { color: "var(--soft)", fontSize: ".8rem" },
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--accent)", fontWeight: "600" },
  { tag: tags.variableName, color: "var(--kind-place)" },
  { tag: tags.string, color: "var(--kind-theme)" },
  { tag: [tags.integer, tags.float, tags.bool], color: "var(--kind-instrument)" },
  { tag: [tags.namespace, tags.url, tags.typeName], color: "var(--kind-institution)" },
  { tag: tags.annotation, color: "var(--soft)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
]);

/** The looks of the editor and the colours of its text. */
export const theme: Extension = [looks, syntaxHighlighting(colours)];
