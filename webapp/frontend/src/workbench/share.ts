// The panel for sharing: made by the server for the query as it is, whenever somebody looks at it.
import { ask } from "./address";
import type { Told } from "./told";

const PAUSE = 500; // milliseconds without a change before the panel follows

export class Share {
  private timer = 0;
  private shown: string;

  /** ``asked`` tells the query and its view as they are now. */
  constructor(
    private readonly told: Told,
    private readonly panel: HTMLDetailsElement,
    private readonly asked: () => URLSearchParams,
  ) {
    this.shown = asked().toString();
    panel.addEventListener("toggle", () => void this.follow());
  }

  /** The query has changed. */
  changed(): void {
    window.clearTimeout(this.timer);
    if (this.panel.open) this.timer = window.setTimeout(() => void this.follow(), PAUSE);
  }

  private async follow(): Promise<void> {
    const asked = this.asked();
    const wanted = asked.toString();
    if (!this.panel.open || wanted === this.shown) return;
    const page = await ask(this.told.sparql, new URLSearchParams([...asked, ["run", "0"]]), "text/html").catch(() => undefined);
    const fresh = page && new DOMParser().parseFromString(await page.text(), "text/html").getElementById("shared");
    const old = this.panel.querySelector("#shared");
    if (!fresh || !old || this.asked().toString() !== wanted) return;
    for (const fold of old.querySelectorAll<HTMLDetailsElement>("details[open]")) {
      const same = fresh.querySelector<HTMLDetailsElement>(`#${CSS.escape(fold.id)}`);
      if (same) same.open = true;
    }
    for (const button of fresh.querySelectorAll<HTMLButtonElement>("button[data-copy]")) button.hidden = false;
    old.replaceWith(document.adoptNode(fresh));
    this.shown = wanted;
  }
}
