// What may stand at a place of a query: where in a statement it is, about what, and which classes that is said to be of.
import { declared, expand, RDF_TYPE } from "./prefixes";
import type { Token } from "./tokens";

/** "after": a statement is whole and only its end may follow; "head": before the first pattern. */
export type Place = "head" | "prefix" | "subject" | "predicate" | "object" | "after" | "values" | "expression" | "graph";

export interface Context {
  place: Place;
  /** The IRI or, after ?, the name of what the statement is about; nothing in a path, which leads to something else. */
  subject: string | undefined;
  /** The IRI of the property that leads to the object. */
  predicate: string | undefined;
}

export interface Said extends Context {
  /** The classes that each subject of the query is said to be of. */
  classes: Map<string, Set<string>>;
}

interface Frame extends Context {
  opened: string;
  /** Whether what comes next stands behind a step of a path. */
  path: boolean;
}

const PATTERN_WORDS = new Set(["OPTIONAL", "UNION", "MINUS", "LATERAL", "NOT", "EXISTS", "SELECT", "WHERE"]);
const TERMS = new Set(["iri", "name", "var", "string", "number"]);

/** Read tokens (without space and comments) up to the end of them. Whatever is wrong in them, something is returned. */
export function read(found: readonly Token[], known: Readonly<Record<string, string>>): Said {
  const own = declared(found);
  const classes = new Map<string, Set<string>>();
  const frames: Frame[] = [fresh("", "head")];
  const named = (token: Token) => (token.kind === "var" ? `?${token.text.slice(1)}` : (expand(token, own, known) ?? token.text));
  let blanks = 0;
  let before = "";

  const term = (frame: Frame, token: Token) => {
    if (before === "^^") return;
    if (frame.place === "subject") Object.assign(frame, { subject: named(token), place: "predicate", path: false });
    else if (frame.place === "predicate") Object.assign(frame, { predicate: named(token), place: "object" });
    else if (frame.place === "object") {
      const { subject } = frame;
      if (subject !== undefined && !frame.path && frame.predicate === RDF_TYPE && token.kind !== "var") {
        classes.set(subject, (classes.get(subject) ?? new Set()).add(named(token)));
      }
      frame.place = "after";
    } else if (frame.place === "after") Object.assign(frame, { subject: named(token), place: "predicate", path: false });
    else if (frame.place === "graph") frame.place = "subject";
  };

  for (const token of found) {
    const frame = frames.at(-1) ?? fresh("", "head");
    const word = token.kind === "word" ? token.text.toUpperCase() : "";
    if (token.kind === "word" && token.text === "a" && frame.place === "predicate") term(frame, token);
    else if (word) keyword(frame, word);
    else if (TERMS.has(token.kind)) {
      if (frame.place === "prefix") frame.place = token.kind === "iri" ? "head" : "prefix";
      else if (frame.opened !== "" || frame.place === "graph") term(frame, token);
    } else if (token.kind === "punct") punct(frames, frame, token.text, () => `_:${++blanks}`);
    before = token.text;
  }
  const { place, subject, predicate, path } = frames.at(-1) ?? fresh("", "head");
  return { place, subject: path ? undefined : subject, predicate, classes };
}

function fresh(opened: string, place: Place, subject?: string): Frame {
  return { opened, place, subject, predicate: undefined, path: false };
}

function keyword(frame: Frame, word: string): void {
  if (frame.opened === "") frame.place = word === "PREFIX" || word === "BASE" ? "prefix" : word === "VALUES" ? "values" : "head";
  else if (frame.opened !== "{" || frame.place === "values") return;
  else if (word === "FILTER" || word === "BIND" || word === "HAVING") frame.place = "expression";
  else if (word === "GRAPH" || word === "SERVICE") frame.place = "graph";
  else if (word === "VALUES") frame.place = "values";
  else if (PATTERN_WORDS.has(word)) frame.place = "subject";
  else if (word === "TRUE" || word === "FALSE") frame.place = frame.place === "object" ? "after" : frame.place;
}

function punct(frames: Frame[], frame: Frame, text: string, blank: () => string): void {
  switch (text) {
    case "{":
      frames.push(fresh("{", frame.place === "values" ? "values" : "subject"));
      break;
    case "(":
      // In a statement that is a path or a list; after FILTER, BIND or a function, and in a head, an expression.
      frames.push(fresh("(", frame.place === "predicate" ? "predicate" : frame.place === "values" ? "values" : "expression", frame.path ? undefined : frame.subject));
      break;
    case "[":
      frames.push(fresh("[", "predicate", blank()));
      break;
    case "}":
    case ")":
    case "]":
      close(frames, text);
      break;
    case ".":
      if (frame.opened === "{" && frame.place !== "values") Object.assign(frame, fresh("{", "subject"));
      break;
    case ";":
      Object.assign(frame, { place: "predicate", predicate: undefined, path: false });
      break;
    case ",":
      if (frame.place === "after") frame.place = "object";
      break;
    case "/":
      if (frame.place === "object") Object.assign(frame, { place: "predicate", path: true });
      break;
    case "|":
      if (frame.place === "object") frame.place = "predicate";
      break;
    case "^":
      if (frame.place === "predicate") frame.path = true;
      break;
  }
}

/** Leave the bracket that is closed, and those in it that were left open; then the place is that after what it held. */
function close(frames: Frame[], text: string): void {
  const opened = { "}": "{", ")": "(", "]": "[" }[text];
  const at = frames.findLastIndex((frame) => frame.opened === opened);
  if (at < 1) return;
  frames.length = at;
  const frame = frames[at - 1];
  if (!frame) return;
  if (text === "]") frame.place = frame.place === "subject" ? "predicate" : "after";
  else if (text === "}") frame.place = frame.opened === "" ? "head" : "subject";
  else if (frame.place === "predicate") frame.place = "object";
  else if (frame.place === "expression" && frame.opened === "{") frame.place = "subject";
  else if (frame.place === "object") frame.place = "after";
}
