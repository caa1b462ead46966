// Running a query: one at a time, with the time it takes, a way to end it, and words for those who do not see the page.
import { drawFigures } from "../figures";
import { explainEmpty } from "../why";
import { ask } from "./address";
import { type Problem, spoken } from "./problems";
import { say, type Told } from "./told";

/** Where things are shown, and who wants to know what became of a query. */
export interface Shows {
  answer: HTMLElement;
  elapsed: HTMLElement;
  announce: (text: string) => void;
  running: (is: boolean) => void;
  answered: (asked: URLSearchParams) => void;
  failed: (problem: Problem, asked: URLSearchParams) => void;
}

const ACCEPT = "text/html, application/problem+json;q=0.9";
/** How often the time is shown anew, in milliseconds; less often where a reader wants less to move. */
const TICK = matchMedia("(prefers-reduced-motion: reduce)").matches ? 1000 : 100;

export class Runner {
  private current: AbortController | undefined;
  private began = 0;
  private timer = 0;

  constructor(
    private readonly told: Told,
    private readonly shows: Shows,
  ) {}

  /** Ask the server for an answer, in place of any that is awaited; ``asked`` has the query and its view. */
  async run(asked: URLSearchParams): Promise<void> {
    this.current?.abort();
    const current = new AbortController();
    this.current = current;
    this.start();
    try {
      const wanted = new URLSearchParams([...asked, ["part", "answer"]]);
      const response = await ask(this.told.sparql, wanted, ACCEPT, current.signal);
      const kind = response.headers.get("Content-Type") ?? "";
      const text = await response.text();
      if (this.current !== current) return;
      if (kind.includes("json")) this.fail(JSON.parse(text) as Problem, asked);
      else this.show(text, asked);
    } catch (error) {
      if (this.current !== current) return;
      if (current.signal.aborted) this.shows.announce(say(this.told, "cancelled"));
      else this.fail({ detail: say(this.told, error instanceof TypeError ? "unreachable" : "unreadable") }, asked);
    } finally {
      if (this.current === current) this.end();
    }
  }

  /** End what runs: the server notices that nobody waits, and ends the query too. Returns whether there was any. */
  cancel(): boolean {
    if (!this.current) return false;
    this.current.abort();
    return true;
  }

  private start(): void {
    this.began = performance.now();
    window.clearInterval(this.timer);
    this.timer = window.setInterval(() => this.tick(), TICK);
    this.tick();
    this.shows.answer.setAttribute("aria-busy", "true");
    this.shows.running(true);
    this.shows.announce(say(this.told, "running"));
  }

  private end(): void {
    this.current = undefined;
    window.clearInterval(this.timer);
    this.shows.elapsed.textContent = "";
    this.shows.answer.removeAttribute("aria-busy");
    this.shows.running(false);
  }

  private seconds(digits: number): string {
    const seconds = (performance.now() - this.began) / 1000;
    return this.told.number.format(Number(seconds.toFixed(digits)));
  }

  private tick(): void {
    this.shows.elapsed.textContent = say(this.told, "seconds", { s: this.seconds(1) });
  }

  /** Put the answer into the page; it is made by our own server, with everything in it escaped. */
  private show(text: string, asked: URLSearchParams): void {
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("answer");
    if (!fresh) throw new Error("the answer has no #answer");
    this.shows.answer.replaceChildren(document.adoptNode(fresh));
    drawFigures(this.shows.answer);
    explainEmpty(this.shows.answer);
    const rows = fresh.dataset["rows"];
    const words = rows === undefined ? "done" : rows === "1" ? "row" : "rows";
    const n = this.told.number.format(Number(rows ?? 0));
    this.shows.announce(say(this.told, words, { n, s: this.seconds(2) }));
    this.shows.answered(asked);
  }

  private fail(problem: Problem, asked: URLSearchParams): void {
    this.shows.answer.replaceChildren();
    const { line } = problem;
    const detail = spoken(problem);
    this.shows.announce(line === undefined ? detail : say(this.told, "atLine", { line: String(line), detail }));
    this.shows.failed(problem, asked);
  }
}
