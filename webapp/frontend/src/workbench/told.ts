// What the page tells its script: addresses, and words in the reader's language.

export interface Told {
  sparql: string;
  vocabulary: string;
  suggest: string;
  evidence: string;
  /** The language that the address asks for, empty where it asks for none. */
  chosen: string;
  words: Readonly<Record<string, string>>;
  phrases: Readonly<Record<string, string>>;
  number: Intl.NumberFormat;
}

/** Read what the page tells by an element of it. */
export function read({ dataset }: HTMLElement): Told {
  const told = JSON.parse(dataset["told"] ?? "{}") as Omit<Told, "number"> & { language: string };
  return { ...told, number: new Intl.NumberFormat(told.language) };
}

/** Return one of the words, its places filled. */
export function say({ words }: Told, name: string, values: Record<string, string> = {}): string {
  return (words[name] ?? name).replace(/\{(\w+)\}/g, (place, key: string) => values[key] ?? place);
}
