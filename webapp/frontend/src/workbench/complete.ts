// Completion from the graph that is asked, and from nowhere else: its terms, its things by their names, its prefixes.
import {
  autocompletion, type Completion, type CompletionContext, type CompletionResult, type CompletionSource, pickedCompletion,
} from "@codemirror/autocomplete";
import type { EditorState, Extension } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import { type Context, read, type Said } from "./context";
import { keywords, WORDS } from "./keywords";
import { declaration, declared, RDF_TYPE, shorten, type Short } from "./prefixes";
import { spoken, speaks, type Token, tokens } from "./tokens";
import type { Told } from "./told";
import { card, counted, type Term, type Vocabulary } from "./vocabulary";

interface Suggestion {
  iri: string;
  label: string;
  kindLabel: string;
  place: string | null;
  otherName: string | null;
}

/** What is being written: the text of it, where it begins, and what may stand there. */
interface Written {
  from: number;
  text: string;
  said: Said;
  own: ReadonlyMap<string, string>;
}

const MOST = 60;
const SHORTEST = 2;
const THINGS: readonly Context["place"][] = ["subject", "object", "values", "expression", "graph"];

/** Suggest names from the vocabulary and the search of the graph. */
export function completion(told: Told, vocabulary: Vocabulary): Extension {
  const terms: CompletionSource = (context) => termsAt(told, vocabulary, context);
  const things: CompletionSource = (context) => thingsAt(told, vocabulary, context);
  return autocompletion({ override: [terms, things], icons: false, maxRenderedOptions: MOST, closeOnBlur: true });
}

function termsAt(told: Told, vocabulary: Vocabulary, context: CompletionContext): CompletionResult | null {
  const written = writtenAt(vocabulary, context, (token) => token.kind === "name" || token.kind === "word" || token.kind === "var");
  if (!written) return null;
  const { from, text, said } = written;
  const { place } = said;
  const options: Completion[] = [];
  if (place !== "prefix" && place !== "after" && place !== "predicate") options.push(...variables(context.state, text, from));
  if (place === "predicate" && text === "") options.push({ label: "a", type: "keyword", detail: told.words["class"] ?? "", boost: 99 });
  if (!text.startsWith("?") && !text.startsWith("$")) {
    if (place === "predicate") options.push(...named(told, vocabulary, written, properties(vocabulary, said)));
    if (place === "object" && said.predicate === RDF_TYPE) options.push(...named(told, vocabulary, written, all(vocabulary.classes)));
    options.push(...prefixes(told, vocabulary, written));
    options.push(...words(text, place));
  }
  return options.length ? { from, options, filter: false } : null;
}

async function thingsAt(told: Told, vocabulary: Vocabulary, context: CompletionContext): Promise<CompletionResult | null> {
  const written = writtenAt(vocabulary, context, (token) => token.kind === "word", true);
  if (!written || written.text.length < SHORTEST || !THINGS.includes(written.said.place)) return null;
  if (written.said.place === "object" && written.said.predicate === RDF_TYPE) return null;
  const asking = new AbortController();
  context.addEventListener("abort", () => asking.abort());
  const address = new URL(told.suggest, location.href);
  address.searchParams.set("q", written.text);
  try {
    const answer = await fetch(address, { signal: asking.signal, headers: { Accept: "application/json" } });
    if (!answer.ok) return null;
    const { suggestions } = (await answer.json()) as { suggestions: Suggestion[] };
    const options = suggestions.map((thing, at): Completion => {
      const short = shorten(thing.iri, written.own, vocabulary.prefixes);
      const detail = [thing.kindLabel, thing.place, thing.otherName].filter((part) => part).join(" · ");
      return { label: thing.label, detail: `${short.text} · ${detail}`, type: "thing", apply: putting(short, vocabulary), boost: 50 - at };
    });
    return options.length ? { from: written.from, options, filter: false } : null;
  } catch {
    return null; // left off for a newer question, or out of reach: the terms are suggested all the same
  }
}

/** Say what is being written at the cursor; null inside strings, comments and IRIs, and where nothing begins. */
function writtenAt(
  vocabulary: Vocabulary, context: CompletionContext, fits: (token: Token) => boolean, several = false,
): Written | null {
  const text = context.state.sliceDoc();
  const all = tokens(text);
  const at = all.findIndex((token) => token.from < context.pos && context.pos <= token.to);
  const token = all[at];
  let from = context.pos;
  let first = at;
  if (token && !isSpace(token) && (token.kind !== "punct" || /[?$]/.test(token.text))) {
    if (!(fits(token) || /^[?$]$/.test(token.text))) return null;
    from = token.from;
    // Names of several words: those before this one on the line that are no words of the language.
    while (several && isName(all[first - 2]) && /^[ \t]+$/.test(all[first - 1]?.text ?? "")) first -= 2;
    from = all[first]?.from ?? from;
  } else if (!context.explicit) return null;
  const before = all.filter((each) => each.to <= from && speaks(each));
  const here = read(before, vocabulary.prefixes);
  const whole = spoken(text);
  const { classes } = read(whole, vocabulary.prefixes);
  return { from, text: text.slice(from, context.pos), said: { ...here, classes }, own: declared(whole) };
}

function isSpace({ kind }: Token): boolean {
  return kind === "space";
}

function isName(token: Token | undefined): boolean {
  return token?.kind === "word" && token.text !== "a" && !WORDS.has(token.text.toUpperCase());
}

/** The properties that may follow: those of the things that the statement is about, or all where that is not said. */
function properties(vocabulary: Vocabulary, said: Said): Map<Term, number> {
  return vocabulary.of(said.classes.get(said.subject ?? "")) ?? all(vocabulary.properties);
}

function all(terms: readonly Term[]): Map<Term, number> {
  return new Map(terms.map((term) => [term, term.count]));
}

/** The terms whose names have what is written, the best first. */
function named(told: Told, vocabulary: Vocabulary, { text, own }: Written, terms: Map<Term, number>): Completion[] {
  const wanted = fold(text);
  const found = [...terms].flatMap(([term, count]) => {
    const short = shorten(term.iri, own, vocabulary.prefixes);
    const rank = likeness(wanted, short.text, term.label);
    return rank > 0 ? [{ term, count, short, rank }] : [];
  });
  // What is written alike in the ontology of the graph comes before what is derived from it for other vocabularies.
  const foreign = ({ term }: { term: Term }) => Number(!term.iri.startsWith("https://w3id.org/cityrights/"));
  found.sort((one, other) => other.rank - one.rank || other.count - one.count || foreign(one) - foreign(other));
  return found.slice(0, MOST).map(({ term, count, short }, at) => ({
    label: short.text,
    detail: `${term.label} · ${counted(told, { kind: term.kind, count })}`,
    type: term.kind,
    boost: 98 - at,
    info: () => card(told, term, short.text, count),
    apply: putting(short, vocabulary),
  }));
}

/** How well a name fits: by its beginning, by the beginning of one of its words, by a part; 0 where not at all. */
function likeness(wanted: string, written: string, label: string): number {
  if (wanted === "") return 1;
  const short = fold(written);
  const local = short.slice(short.indexOf(":") + 1);
  const said = fold(label);
  if (short.startsWith(wanted) || local.startsWith(wanted) || said.startsWith(wanted)) return 3;
  if (said.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(wanted))) return 2;
  return wanted.length > 1 && (short.includes(wanted) || said.includes(wanted)) ? 1 : 0;
}

/** Small letters without accents. */
export function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

function variables(state: EditorState, text: string, from: number): Completion[] {
  const name = text.replace(/^[?$]/, "");
  const held = new Set<string>();
  for (const token of spoken(state.sliceDoc())) {
    if (token.kind === "var" && token.from !== from && fold(token.text.slice(1)).startsWith(fold(name))) held.add(token.text);
  }
  return [...held].slice(0, MOST).map((label, at) => ({ label, type: "variable", boost: (text.startsWith("?") ? 90 : 0) - at / 100 }));
}

function prefixes(told: Told, vocabulary: Vocabulary, { text, said, own }: Written): Completion[] {
  if (text.includes(":") || text === "") return [];
  const known = { ...vocabulary.prefixes, ...Object.fromEntries(own) };
  return Object.entries(known)
    .filter(([name]) => fold(name).startsWith(fold(text)))
    .map(([name, space]): Completion => {
      const whole = { text: `${name}: <${space}>` };
      const short: Short = own.has(name) ? { text: `${name}:` } : { text: `${name}:`, prefix: name };
      return {
        label: `${name}:`,
        detail: `${told.words["prefix"] ?? ""} · ${space}`,
        type: "namespace",
        boost: -10,
        apply: putting(said.place === "prefix" ? whole : short, vocabulary),
      };
    });
}

function words(text: string, place: Context["place"]): Completion[] {
  const wanted = text.toUpperCase();
  return keywords(place)
    .filter((word) => word.startsWith(wanted) && (text !== "" || place === "subject" || place === "after" || place === "head"))
    .map((label, at) => ({ label, type: "keyword", boost: (text === "" ? -50 : 20) - at / 10 }));
}

/** Put a name in the place of what was written, and the line of its prefix where that is missing. */
function putting({ text, prefix }: Short, vocabulary: Vocabulary) {
  return (view: EditorView, chosen: Completion, from: number, to: number): void => {
    const space = prefix === undefined ? undefined : vocabulary.prefixes[prefix];
    const line = space === undefined ? undefined : declaration(view.state.sliceDoc(), `PREFIX ${prefix}: <${space}>`);
    view.dispatch({
      changes: [...(line ? [line] : []), { from, to, insert: text }],
      selection: { anchor: from + text.length + (line?.insert.length ?? 0) },
      annotations: pickedCompletion.of(chosen),
      userEvent: "input.complete",
      scrollIntoView: true,
    });
  };
}
