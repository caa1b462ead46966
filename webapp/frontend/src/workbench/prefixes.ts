// Prefixes: those that a query declares, names written out and shortened, and the line that is missing.
import { spoken, type Token } from "./tokens";

export const RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";

/** A change of the text: what is put in at a place. */
export interface Insertion {
  from: number;
  insert: string;
}

/** A name as it stands in a query, with the prefix that has to be declared for it. */
export interface Short {
  text: string;
  prefix?: string;
}

const LOCAL = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?$/;

/** Return the prefixes that the tokens of a query declare, without the colon. */
export function declared(found: readonly Token[]): Map<string, string> {
  const held = new Map<string, string>();
  found.forEach((token, at) => {
    const name = found[at + 1];
    const iri = found[at + 2];
    if (token.kind !== "word" || token.text.toUpperCase() !== "PREFIX" || name?.kind !== "name" || iri?.kind !== "iri") return;
    if (name.text.endsWith(":")) held.set(name.text.slice(0, -1), iri.text.slice(1, -1));
  });
  return held;
}

/** Return the IRI that a token stands for, if it is one. */
export function expand(token: Token, own: ReadonlyMap<string, string>, known: Readonly<Record<string, string>>): string | undefined {
  if (token.kind === "iri") return token.text.slice(1, -1);
  if (token.kind === "word" && token.text === "a") return RDF_TYPE;
  if (token.kind !== "name") return undefined;
  const colon = token.text.indexOf(":");
  const prefix = token.text.slice(0, colon);
  const space = own.get(prefix) ?? (Object.hasOwn(known, prefix) ? known[prefix] : undefined);
  return space === undefined ? undefined : space + token.text.slice(colon + 1).replace(/\\(.)/gu, "$1");
}

/** Write an IRI as short as it may be: by a prefix of the query, else by one that is known, else whole. */
export function shorten(iri: string, own: ReadonlyMap<string, string>, known: Readonly<Record<string, string>>): Short {
  for (const [spaces, missing] of [[[...own], false], [Object.entries(known), true]] as const) {
    const fitting = spaces
      .filter(([name, space]) => space && iri.startsWith(space) && LOCAL.test(iri.slice(space.length)) && !(missing && own.has(name)))
      .sort(([, one], [, other]) => other.length - one.length)[0];
    if (!fitting) continue;
    const [name, space] = fitting;
    const text = `${name}:${iri.slice(space.length)}`;
    return missing ? { text, prefix: name } : { text };
  }
  return { text: `<${iri.replace(/[\u0000-\u0020<>"{}|^`\\]/g, escaped)}>` };
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Return how a line is put where declarations stand: after the last of them, or before the query. */
export function declaration(text: string, line: string): Insertion {
  const found = spoken(text);
  let end = -1;
  found.forEach((token, at) => {
    const word = token.kind === "word" ? token.text.toUpperCase() : "";
    const last = word === "PREFIX" ? found[at + 2] : word === "BASE" ? found[at + 1] : undefined;
    if (last?.kind === "iri") end = last.to;
  });
  if (end >= 0) return { from: end, insert: `\n${line}` };
  const first = found[0]?.from ?? text.length;
  return { from: text.lastIndexOf("\n", first - 1) + 1 || 0, insert: `${line}\n` };
}
