// What the graph has: its classes and properties with their names, meanings and numbers, read once for a page.
import type { Told } from "./told";

export interface Term {
  iri: string;
  label: string;
  labelLanguage: string | null;
  definition: string | null;
  definitionLanguage: string | null;
  count: number;
  kind: "class" | "property";
}

interface Answer {
  prefixes: Record<string, string>;
  paired: boolean;
  classes: (Omit<Term, "kind"> & { properties: [place: number, count: number][] })[];
  properties: Omit<Term, "kind">[];
}

/** How often it is asked for again. */
const MOST_TRIES = 5;

export class Vocabulary {
  prefixes: Readonly<Record<string, string>> = {};
  classes: Term[] = [];
  properties: Term[] = [];
  private readonly known = new Map<string, Term>();
  private readonly owned = new Map<string, Map<Term, number>>();
  private paired = false;

  /** Read it; where the server is still counting, wait for it. Throws where it cannot be had. */
  async load(address: string, patience = MOST_TRIES): Promise<void> {
    const response = await fetch(address, { headers: { Accept: "application/json" } });
    const later = response.status === 503 && Number(response.headers.get("Retry-After"));
    if (later && patience > 0) {
      await new Promise((resolve) => window.setTimeout(resolve, later * 1000));
      return this.load(address, patience - 1);
    }
    if (!response.ok) throw new Error(`${address}: ${response.status}`);
    const answer = (await response.json()) as Answer;
    this.prefixes = answer.prefixes;
    this.paired = answer.paired;
    this.properties = answer.properties.map((term) => ({ ...term, kind: "property" }));
    this.classes = answer.classes.map(({ properties, ...term }) => {
      const counts = properties.flatMap(([place, count]): [Term, number][] => {
        const property = this.properties[place];
        return property ? [[property, count]] : [];
      });
      this.owned.set(term.iri, new Map(counts));
      return { ...term, kind: "class" };
    });
    for (const term of [...this.properties, ...this.classes]) this.known.set(term.iri, term);
  }

  /** What is known of a class or a property. */
  term(iri: string): Term | undefined {
    return this.known.get(iri);
  }

  /** The properties that things of all these classes have, each with how often; undefined where that is not known. */
  of(classes: ReadonlySet<string> | undefined): Map<Term, number> | undefined {
    const held = [...(classes ?? [])].flatMap((iri) => this.owned.get(iri) ?? []);
    const [first, ...others] = held;
    if (!this.paired || !first) return undefined;
    return new Map([...first].filter(([property]) => others.every((other) => other.has(property))));
  }
}

/** The line under a term's name: what it is, and how often it is there. */
export function counted({ words, number }: Told, { kind, count }: Pick<Term, "kind" | "count">): string {
  const said = (kind === "class" ? words["things"] : words["uses"]) ?? "{n}";
  return `${words[kind] ?? kind} · ${said.replace("{n}", number.format(count))}`;
}

/** Show a term: its name, how it is written, what it means, how often it is there. Its texts are never read as HTML. */
export function card(told: Told, term: Term, written: string, count = term.count): HTMLElement {
  const box = document.createElement("div");
  box.className = "cm-term";
  const add = (tag: "strong" | "code" | "p" | "span", text: string, language: string | null = null) => {
    const made = document.createElement(tag);
    made.textContent = text;
    if (language) made.lang = language;
    box.append(made);
  };
  add("strong", term.label, term.labelLanguage);
  add("code", written);
  if (term.definition) add("p", term.definition, term.definitionLanguage);
  add("span", counted(told, { kind: term.kind, count }));
  return box;
}
