// SPARQL text cut into tokens (SPARQL 1.1, section 19.8): every character is in one, so that nothing is ever lost.

export type Kind = "space" | "comment" | "string" | "open" | "iri" | "var" | "name" | "word" | "lang" | "number" | "punct";

/** A part of the text. "open" is a string that is not closed on its line; a "word" is a keyword or a name to be. */
export interface Token {
  kind: Kind;
  text: string;
  from: number;
  to: number;
}

const LETTERS =
  "A-Za-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c\\u200d\\u2070-\\u218f" +
  "\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd\\u{10000}-\\u{effff}";
const NAME = `${LETTERS}_0-9\\u00b7\\u0300-\\u036f\\u203f\\u2040`;
const LOCAL = `[${NAME}:\\-]|%[0-9A-Fa-f]{2}|\\\\[_~.\\-!$&'()*+,;=/?#@%]`;

const TOKEN = new RegExp(
  [
    `(?<space>[ \\t\\r\\n]+)`,
    `(?<comment>#[^\\r\\n]*)`,
    `(?<string>"""(?:[^"\\\\]|\\\\[^]|"(?!""))*"""|\'\'\'(?:[^'\\\\]|\\\\[^]|'(?!''))*\'\'\'` +
      `|"(?!"")(?:[^"\\\\\\r\\n]|\\\\.)*"|'(?!'')(?:[^'\\\\\\r\\n]|\\\\.)*')`,
    `(?<open>["'][^\\r\\n]*)`,
    `(?<iri><(?:[^<>"{}|^\`\\\\\\u0000-\\u0020]|\\\\u[0-9A-Fa-f]{4}|\\\\U[0-9A-Fa-f]{8})*>)`,
    `(?<var>[?$][${NAME}]+)`,
    `(?<name>(?:_|[${LETTERS}](?:[${NAME}.\\-]*[${NAME}\\-])?)?:(?:(?:${LOCAL})(?:\\.*(?:${LOCAL}))*)?)`,
    `(?<lang>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)`,
    `(?<number>(?:[0-9]+(?:\\.[0-9]+)?|\\.[0-9]+)(?:[eE][+\\-]?[0-9]+)?)`,
    `(?<word>[${LETTERS}](?:[${NAME}\\-])*)`,
    `(?<punct>\\^\\^|&&|\\|\\||!=|<=|>=|<<|>>|\\{\\||\\|\\}|[^])`,
  ].join("|"),
  "uy",
);

/** Cut a text into tokens. */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let from = 0; from < text.length; ) {
    TOKEN.lastIndex = from;
    const match = TOKEN.exec(text);
    const groups = match?.groups ?? {};
    const kind = (Object.keys(groups).find((name) => groups[name] !== undefined) ?? "punct") as Kind;
    const to = from + Math.max(match?.[0].length ?? 1, 1);
    found.push({ kind, text: text.slice(from, to), from, to });
    from = to;
  }
  return found;
}

/** Say whether a token says something: it is neither space nor a comment. */
export function speaks({ kind }: Token): boolean {
  return kind !== "space" && kind !== "comment";
}

/** The tokens that say something. */
export function spoken(text: string): Token[] {
  return tokens(text).filter(speaks);
}
