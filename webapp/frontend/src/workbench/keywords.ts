// The words of SPARQL, by where they may stand.
import type { Place } from "./context";

const MODIFIERS = ["ORDER BY", "GROUP BY", "HAVING", "LIMIT", "OFFSET", "VALUES", "ASC", "DESC"];
const HEADS = ["SELECT", "DISTINCT", "CONSTRUCT", "ASK", "DESCRIBE", "PREFIX", "BASE", "FROM", "FROM NAMED", "WHERE"];
const PATTERNS = [
  "OPTIONAL", "FILTER", "FILTER NOT EXISTS", "FILTER EXISTS", "UNION", "MINUS", "BIND", "VALUES", "GRAPH", "SELECT",
];
const AGGREGATES = ["COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT", "AS", "DISTINCT"];
const FUNCTIONS = [
  "STR", "LANG", "LANGMATCHES", "DATATYPE", "BOUND", "IRI", "BNODE", "RAND", "ABS", "CEIL", "FLOOR", "ROUND", "CONCAT",
  "STRLEN", "UCASE", "LCASE", "ENCODE_FOR_URI", "CONTAINS", "STRSTARTS", "STRENDS", "STRBEFORE", "STRAFTER", "SUBSTR",
  "REPLACE", "REGEX", "YEAR", "MONTH", "DAY", "HOURS", "MINUTES", "SECONDS", "TIMEZONE", "TZ", "NOW", "UUID", "STRUUID",
  "MD5", "SHA1", "SHA256", "SHA384", "SHA512", "COALESCE", "IF", "STRLANG", "STRDT", "SAMETERM", "ISIRI", "ISBLANK",
  "ISLITERAL", "ISNUMERIC", "EXISTS", "NOT EXISTS", "IN", "NOT IN", "TRUE", "FALSE",
];

/** Every word that may stand by itself; what is none of them and has no colon is the name of something. */
export const WORDS: ReadonlySet<string> = new Set(
  [...MODIFIERS, ...HEADS, ...PATTERNS, ...AGGREGATES, ...FUNCTIONS, "NAMED", "REDUCED", "SERVICE", "SILENT", "UNDEF", "A"]
    .flatMap((words) => words.split(" "))
    .filter((word) => word),
);

const BY_PLACE: Readonly<Record<Place, readonly string[]>> = {
  head: [...HEADS, ...MODIFIERS, ...AGGREGATES],
  prefix: [],
  subject: PATTERNS,
  predicate: [],
  object: [],
  after: PATTERNS,
  values: ["UNDEF"],
  expression: [...FUNCTIONS, ...AGGREGATES],
  graph: [],
};

/** The words that may stand at a place. */
export function keywords(place: Place): readonly string[] {
  return BY_PLACE[place];
}
