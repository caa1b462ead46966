// What is wrong with a query, where it is wrong: a sign beside the line, a mark in it, and the words under it.
import { RangeSet, StateEffect, StateField, type EditorState, type Extension } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, gutter, GutterMarker, WidgetType } from "@codemirror/view";
import { tokens } from "./tokens";

/**
 * What the server says of a query that it does not answer (RFC 9457); line and column count from 1. The title is in
 * the reader's language, the detail in English unless the problem says otherwise.
 */
export interface Problem {
  title?: string;
  detail: string;
  language?: string;
  line?: number;
  column?: number;
  add?: string;
}

/** A problem with a place, and what is done about it; both texts are shown as they are. */
export interface Shown {
  problem: Problem;
  repair?: { label: string; act: () => void };
}

/** Whether the title says more than the detail: where the detail is in a language that the page is not in. */
function foreign({ title, language }: Problem): boolean {
  return title !== undefined && language === undefined && document.documentElement.lang !== "en";
}

/** Return the words of a problem: in the reader's language first, then the detail in its own. */
export function words(problem: Problem): HTMLElement[] {
  const made = (text: string, language: string) => {
    const element = document.createElement("span");
    element.className = "in-words";
    element.textContent = text;
    if (language) element.lang = language;
    return element;
  };
  if (!foreign(problem)) return [made(problem.detail, problem.language ?? "")];
  return [made(problem.title ?? "", ""), made(problem.detail, "en")];
}

/** Return the same words for whoever only hears them. */
export function spoken(problem: Problem): string {
  return foreign(problem) ? `${problem.title ?? ""} ${problem.detail}` : problem.detail;
}

const set = StateEffect.define<Shown | null>();

class Words extends WidgetType {
  constructor(private readonly shown: Shown) {
    super();
  }
  override eq(other: Words): boolean {
    return other.shown === this.shown;
  }
  toDOM(): HTMLElement {
    const box = document.createElement("div");
    box.className = "cm-problem";
    box.append(...words(this.shown.problem));
    const { repair } = this.shown;
    if (repair) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = repair.label;
      button.addEventListener("click", repair.act);
      box.append(" ", button);
    }
    return box;
  }
  override ignoreEvent(): boolean {
    return true;
  }
}

class Sign extends GutterMarker {
  override toDOM(): Node {
    const sign = document.createElement("span");
    sign.className = "cm-problem-sign";
    sign.textContent = "!";
    return sign;
  }
}

interface Held {
  decorations: DecorationSet;
  signs: RangeSet<GutterMarker>;
  line: number; // where the line of the problem begins, -1 for none
}

const NOTHING: Held = { decorations: Decoration.none, signs: RangeSet.empty, line: -1 };

const field = StateField.define<Held>({
  create: () => NOTHING,
  update(held, { state, changes, docChanged, effects, startState }) {
    const asked = effects.find((effect) => effect.is(set));
    if (asked) return asked.value ? placed(state, asked.value as Shown) : NOTHING;
    if (!docChanged || held.line < 0) return held;
    // Whoever changes the line is mending it.
    const { from, to } = startState.doc.lineAt(held.line);
    if (changes.touchesRange(from, to)) return NOTHING;
    return { decorations: held.decorations.map(changes), signs: held.signs.map(changes), line: changes.mapPos(held.line, 1) };
  },
  provide: (self) => EditorView.decorations.from(self, ({ decorations }) => decorations),
});

/** Room for signs beside the lines, and for what is wrong. */
export function problems(): Extension {
  return [field, gutter({ class: "cm-problem-gutter", markers: (view) => view.state.field(field).signs, initialSpacer: () => new Sign() })];
}

/** Show a problem in its line, or none; the focus stays where it is. */
export function showProblem(view: EditorView, shown: Shown | null): void {
  view.dispatch({ effects: set.of(shown) });
  const { line } = view.state.field(field);
  if (line >= 0) view.dispatch({ effects: EditorView.scrollIntoView(line, { y: "nearest", yMargin: 40 }) });
}

/** Where a problem is in the text: the place of its line and column, or undefined where it has none. */
export function placeOf(state: EditorState, { line, column }: Problem): number | undefined {
  if (line === undefined || line < 1 || line > state.doc.lines) return undefined;
  const { from, to } = state.doc.line(line);
  return Math.min(from + Math.max((column ?? 1) - 1, 0), to);
}

function placed(state: EditorState, shown: Shown): Held {
  const at = placeOf(state, shown.problem);
  if (at === undefined) return NOTHING;
  const line = state.doc.lineAt(at);
  const token = tokens(state.sliceDoc()).find(({ from, to, kind }) => from <= at && at < to && kind !== "space");
  const marked = token && token.from >= line.from ? Math.min(token.to, line.to) : line.to;
  const words = Decoration.widget({ widget: new Words(shown), side: 1, block: true }).range(line.to);
  const row = Decoration.line({ class: "cm-problem-line" }).range(line.from);
  const mark = marked > at ? [Decoration.mark({ class: "cm-problem-mark" }).range(at, marked)] : [];
  return { decorations: Decoration.set([row, ...mark, words], true), signs: RangeSet.of([new Sign().range(line.from)]), line: line.from };
}
