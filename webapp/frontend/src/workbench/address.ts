// The address of the page carries what is asked, so that reloading, going back and sharing need nothing else.

/** The longest query, written as it stands in an address, that is asked for by one; longer ones are posted. */
const LONGEST = 6_000;
/** The longest address that the server takes, with room for its host. */
export const LONGEST_ADDRESS = 58_000;
const PAUSE = 400; // milliseconds without a change before the address follows

/** Ask for a query: by its address where that is short, else with the query in the body and the rest in the address. */
export function ask(path: string, asked: URLSearchParams, accept: string, signal?: AbortSignal): Promise<Response> {
  const wanted = { headers: { Accept: accept }, ...(signal ? { signal } : {}) };
  const written = asked.toString();
  if (written.length <= LONGEST) return fetch(`${path}?${written}`, wanted);
  const body = new URLSearchParams({ query: asked.get("query") ?? "" });
  const rest = new URLSearchParams([...asked].filter(([name]) => name !== "query"));
  return fetch(`${path}?${rest.toString()}`, { ...wanted, method: "POST", body });
}

/** Keeps the address in step with the editor. */
export class Address {
  private timer = 0;

  constructor(
    private readonly path: string,
    private readonly language: string,
  ) {}

  /** The view that the address asks for, empty where it asks for none. */
  get view(): string {
    return new URLSearchParams(location.search).get("view") ?? "";
  }

  /** A query that was run, and how its answer is seen. */
  ran(asked: URLSearchParams): void {
    this.put(asked);
  }

  /** A query that is being written; reloading brings it back, and does not run it. */
  wrote(query: string): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.put(new URLSearchParams({ query, run: "0", ...(this.language ? { lang: this.language } : {}) })), PAUSE);
  }

  private put(asked: URLSearchParams): void {
    window.clearTimeout(this.timer);
    const address = `${this.path}?${asked.toString()}`;
    if (address.length <= LONGEST_ADDRESS) history.replaceState(null, "", address);
  }
}
