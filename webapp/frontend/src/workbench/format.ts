// Lays a query out anew. Only the space between tokens changes: what the query says stays as it is, to the letter.
import { speaks, type Token, tokens } from "./tokens";

const STEP = 2;
const WIDE = 100;
const SMALL = 80;

/** Clauses that begin a line of their own, at the top of a query or within a query that stands in a group. */
const CLAUSES = new Set(["PREFIX", "BASE", "SELECT", "CONSTRUCT", "ASK", "DESCRIBE", "FROM", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET"]);
const ITEMS = new Set(["FILTER", "OPTIONAL", "MINUS", "BIND", "GRAPH", "SERVICE", "LATERAL"]);
/** What a statement may go on with behind a closed group. */
const JOINS = new Set(["UNION", "WHERE", "AS"]);

interface Piece extends Token {
  /** Line breaks before it, and whether there is any space. */
  lines: number;
  spaced: boolean;
}

interface Frame {
  opened: string;
  indent: number;
  broken: boolean;
  /** Terms only, as in VALUES. */
  data: boolean;
  /** Of a group: whether the statement that is written has its parts on lines of their own. */
  spread: boolean;
  /** Of a parenthesis: whether the statement is over with it, as that of FILTER is. */
  ends: boolean;
  /** Of a group: the statement is over, the next token begins another. */
  over: boolean;
  /** Of a group: a filter or binding whose parenthesis is still to come. */
  awaiting: boolean;
}

/** Return the query laid out anew; a text with a string that is not closed comes back as it is. */
export function format(text: string): string {
  const found = pieces(text);
  if (found.length === 0 || found.some(({ kind }) => kind === "open")) return text;
  const laid = lay(found);
  return same(tokens(text), tokens(laid)) ? laid : text;
}

/** Say whether two texts have the same tokens and comments. */
export function same(one: readonly Token[], other: readonly Token[]): boolean {
  const told = (all: readonly Token[]) => all.filter((token) => token.kind !== "space").map((token) => token.text);
  const [first, second] = [told(one), told(other)];
  return first.length === second.length && first.every((each, at) => each === second[at]);
}

function pieces(text: string): Piece[] {
  const made: Piece[] = [];
  let lines = 0;
  let spaced = false;
  for (const token of tokens(text)) {
    if (token.kind === "space") {
      lines += token.text.split(/\r\n|\r|\n/).length - 1;
      spaced = true;
      continue;
    }
    made.push({ ...token, lines, spaced });
    lines = 0;
    spaced = false;
  }
  return made;
}

function lay(found: readonly Piece[]): string {
  const written: string[] = [];
  const frames: Frame[] = [frame("", 0, true, false)];
  let line = "";
  let starts = true; // the line that is written begins a statement

  const end = (blank: boolean) => {
    if (line !== "") written.push(line);
    if (blank && written.length && written.at(-1) !== "") written.push("");
    line = "";
  };

  found.forEach((piece, at) => {
    const top = frames.at(-1) ?? frame("", 0, true, false);
    const before = found[at - 1];
    const word = piece.kind === "word" ? piece.text.toUpperCase() : "";
    const closes = piece.text === "}" && piece.kind === "punct";
    const begins = before !== undefined && beginsStatement(piece, before, word, top);
    let breaks = false;
    if (before) {
      if (before.kind === "comment") breaks = true;
      else if (piece.kind === "comment") breaks = piece.lines > 0;
      else if (closes && top.opened === "{") breaks = top.broken;
      else if (before.kind === "punct" && before.text === "{") breaks = top.broken;
      else if (begins) breaks = top.broken;
      else if (isPunct(before, ";") && top.opened === "{" && !top.data) breaks = top.spread;
      else breaks = piece.lines > 0 && !JOINS.has(word) && !(isPunct(piece, "{") && top.opened !== "" && !top.data) && (top.broken || top.opened !== "{");
    }
    if (breaks) {
      const blank = piece.lines > 1 && !closes && !(before && isPunct(before, "{"));
      end(blank);
      starts = begins || closes || at === 0 || (before !== undefined && (isPunct(before, "{") || (before.kind === "comment" && top.over)));
      const outer = closes && top.opened === "{" ? frames.at(-2) : undefined;
      line = " ".repeat(outer ? outer.indent : indentation(frames, starts, piece));
    } else if (before && (piece.spaced || isPunct(before, "{") || isPunct(piece, "{") || closes || piece.kind === "comment")) line += " ";
    line += piece.text;
    step(frames, found, at, word);
  });
  end(false);
  return `${written.join("\n")}\n`;
}

function frame(opened: string, indent: number, broken: boolean, data: boolean): Frame {
  return { opened, indent, broken, data, spread: false, ends: false, over: opened === "{", awaiting: false };
}

function isPunct({ kind, text }: Token, wanted: string): boolean {
  return kind === "punct" && text === wanted;
}

/** Say whether a token begins a statement or a clause, after which the line may end. */
function beginsStatement(piece: Piece, before: Piece, word: string, top: Frame): boolean {
  if (piece.kind === "comment" || isPunct(piece, "}")) return false;
  const group = top.opened === "{" && !top.data;
  if (top.opened === "" || group) {
    if (CLAUSES.has(word) && !(word === "SELECT" && isPunct(before, "("))) return true;
    if (word === "VALUES") return true;
  }
  if (!group) return false;
  if (isPunct(piece, ".") || isPunct(piece, ";") || JOINS.has(word)) return false;
  return ITEMS.has(word) || top.over;
}

/** How far a line is put in: that of its group, further where it goes on with a statement. */
function indentation(frames: readonly Frame[], starts: boolean, piece: Piece): number {
  const top = frames.at(-1);
  if (!top) return 0;
  let depth = 0;
  let base = 0;
  for (const each of frames) {
    if (each.opened === "{" || each.opened === "") [base, depth] = [each.indent, 0];
    else depth += 1;
  }
  if (piece.kind === "comment" && depth === 0) return top.over || top.opened === "" ? base : base + STEP;
  const within = depth - (/^[)\]]$/.test(piece.text) && piece.kind === "punct" ? 1 : 0);
  return base + (starts || (top.data && top.opened === "{") ? 0 : STEP) + within * STEP;
}

/** Keep account of brackets and of where statements end, after a token. */
function step(frames: Frame[], found: readonly Piece[], at: number, word: string): void {
  const piece = found[at];
  const top = frames.at(-1);
  if (!piece || !top || !speaks(piece)) return;
  const group = top.opened === "{" && !top.data;
  if (piece.kind !== "punct") {
    if (group) {
      if (top.over) top.spread = spreads(found, at, top.indent);
      top.over = false;
      if (word === "FILTER" || word === "BIND") top.awaiting = true;
      if (word === "EXISTS" || word === "VALUES") top.awaiting = false;
    }
    return;
  }
  switch (piece.text) {
    case "{": {
      const data = isData(found, at);
      const inner = frame("{", 0, !isSmall(found, at, data), data);
      const base = frames.findLast(({ opened }) => opened === "{" || opened === "")?.indent ?? 0;
      inner.indent = base + (inner.broken ? STEP : 0);
      if (group) top.over = false;
      frames.push(inner);
      break;
    }
    case "}":
      while (frames.length > 1 && frames.at(-1)?.opened !== "{") frames.pop();
      if (frames.length > 1) frames.pop();
      over(frames.at(-1));
      break;
    case "(":
    case "[": {
      if (group && top.over) top.spread = spreads(found, at, top.indent);
      const inner = frame(piece.text, 0, true, false);
      inner.ends = group && top.awaiting && piece.text === "(";
      if (group) top.over = false;
      frames.push(inner);
      break;
    }
    case ")":
    case "]":
      if (frames.length > 1 && top.opened !== "{") {
        frames.pop();
        const outer = frames.at(-1);
        if (top.ends && outer) {
          outer.awaiting = false;
          over(outer);
        }
      }
      break;
    case ".":
      if (group) over(top);
      break;
    default:
      if (group) top.over = false;
  }
}

function over(group: Frame | undefined): void {
  if (group?.opened === "{") group.over = true;
}

/** Say whether the group that opens here holds terms only: that of VALUES. */
function isData(found: readonly Piece[], at: number): boolean {
  let back = at - 1;
  if (isPunct(found[back] ?? blank, ")")) while (back > 0 && !isPunct(found[back] ?? blank, "(")) back -= 1;
  const values = found[back - 1];
  return values?.kind === "word" && values.text.toUpperCase() === "VALUES";
}

const blank: Piece = { kind: "space", text: "", from: 0, to: 0, lines: 0, spaced: false };

/** Say whether the group that opens here fits on its line: it was on one, and has one statement, maybe with a filter. */
function isSmall(found: readonly Piece[], at: number, data: boolean): boolean {
  let length = 0;
  for (let next = at + 1; next < found.length; next += 1) {
    const piece = found[next] ?? blank;
    if (piece.lines > 0 || piece.kind === "comment") return false;
    if (isPunct(piece, "}")) return length <= SMALL;
    if (isPunct(piece, "{")) return false;
    const last = isPunct(found[next + 1] ?? blank, "}");
    if (!data && !last && (isPunct(piece, ".") || isPunct(piece, ";"))) return false;
    const word = piece.kind === "word" ? piece.text.toUpperCase() : "";
    if (!data && next > at + 1 && word !== "FILTER" && ITEMS.has(word)) return false;
    length += piece.text.length + 1;
  }
  return false;
}

/** Say whether the statement that begins here has its parts on lines of their own: as it was, or because it is long. */
function spreads(found: readonly Piece[], at: number, indent: number): boolean {
  let length = indent;
  let depth = 0;
  for (let next = at; next < found.length; next += 1) {
    const piece = found[next] ?? blank;
    length += piece.text.length + (piece.spaced ? 1 : 0);
    if (piece.kind === "comment" && depth === 0) return true;
    if (piece.kind !== "punct") continue;
    if (piece.text === "{" || (piece.text === "." && depth === 0)) return length > WIDE;
    if (/^[([]$/.test(piece.text)) depth += 1;
    if (/^[)\]}]$/.test(piece.text)) depth -= 1;
    if (depth < 0) return length > WIDE;
    if (piece.text === ";" && depth === 0 && (found[next + 1]?.lines ?? 0) > 0) return true;
  }
  return length > WIDE;
}
