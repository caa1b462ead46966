// The address of the page carries what is asked, so that reloading, going back and sharing need nothing else.

/** The longest query, written as it stands in an address, that is asked for by one; longer ones are posted. */
const LONGEST = 6_000;
/** The longest address that the server takes, with room for its host. */
const LONGEST_ADDRESS = 58_000;
const PAUSE = 400; // milliseconds without a change before the address follows

/** Return what is asked with the language that the page’s own address names, if it names one. */
function spoken(asked: URLSearchParams): URLSearchParams {
  const language = new URLSearchParams(location.search).get("lang");
  return language === null || asked.has("lang") ? asked : new URLSearchParams([...asked, ["lang", language]]);
}

/** Ask for a query: by its address where that is short, else with the query in the body and the rest in the address. */
export function ask(path: string, asked: URLSearchParams, accept: string, signal?: AbortSignal): Promise<Response> {
  const wanted = { headers: { Accept: accept }, ...(signal ? { signal } : {}) };
  const whole = spoken(asked);
  const written = whole.toString();
  if (written.length <= LONGEST) return fetch(`${path}?${written}`, wanted);
  const body = new URLSearchParams({ query: whole.get("query") ?? "" });
  const rest = new URLSearchParams([...whole].filter(([name]) => name !== "query"));
  return fetch(`${path}?${rest.toString()}`, { ...wanted, method: "POST", body });
}

/** Keeps the address in step with the editor. */
export class Address {
  private timer = 0;

  constructor(private readonly path: string) {}

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
    this.timer = window.setTimeout(() => this.put(new URLSearchParams({ query, run: "0" })), PAUSE);
  }

  private put(asked: URLSearchParams): void {
    window.clearTimeout(this.timer);
    const address = `${this.path}?${spoken(asked).toString()}`;
    if (address.length > LONGEST_ADDRESS) return;
    history.replaceState(null, "", address);
    for (const link of document.querySelectorAll<HTMLAnchorElement>("nav.languages a")) {
      const there = new URLSearchParams(asked);
      there.set("lang", link.hreflang);
      link.search = there.toString();
    }
  }
}
