// Suggestions while one types, after the combobox pattern of the ARIA Authoring Practices Guide (list autocomplete,
// manual selection). The field's address for suggestions and the words that are said stand in its data-… attributes.
//
// With data-pick a suggestion fills the field in place of leading to its page: the form that has it is told of the change.
interface Suggestion {
  iri: string;
  label: string;
  kindLabel: string;
  url: string;
  place: string | null;
  otherName: string | null;
}

const PAUSE = 120; // milliseconds without a key before anything is asked
const SHORTEST = 2;

class Combobox {
  private readonly list = document.createElement("ul");
  private readonly said = document.createElement("p");
  private options: HTMLLIElement[] = [];
  private addresses: string[] = [];
  private active = -1;
  private timer = 0;
  private asking: AbortController | undefined;

  constructor(private readonly input: HTMLInputElement) {
    this.list.id = `${input.id}-suggestions`;
    this.list.className = "suggestions";
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", input.dataset["listLabel"] ?? "");
    this.said.className = "hidden";
    this.said.setAttribute("role", "status");
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", this.list.id);
    input.after(this.list, this.said);
    input.addEventListener("input", () => this.later());
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => this.close());
    // A press on the list must not take the focus from the field: that would close the list before the click arrives.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = (event.target as Element).closest("li");
      if (option) this.go(this.options.indexOf(option));
    });
  }

  private later(): void {
    window.clearTimeout(this.timer);
    this.asking?.abort();
    const text = this.input.value.trim();
    if (text.length < SHORTEST) {
      this.close();
      return;
    }
    this.timer = window.setTimeout(() => void this.ask(text), PAUSE);
  }

  private async ask(text: string): Promise<void> {
    const asking = new AbortController();
    this.asking = asking;
    const address = new URL(this.input.dataset["suggest"] ?? "/suggest", window.location.href);
    address.searchParams.set("q", text);
    try {
      const answer = await fetch(address, { signal: asking.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) return this.close();
      const { suggestions } = (await answer.json()) as { suggestions: Suggestion[] };
      if (!asking.signal.aborted && document.activeElement === this.input) this.show(suggestions);
    } catch {
      // Left off for a newer question, or out of reach: the form itself still works.
      if (!asking.signal.aborted) this.close();
    }
  }

  private show(suggestions: Suggestion[]): void {
    const picks = "pick" in this.input.dataset;
    this.addresses = suggestions.map((suggestion) => (picks ? suggestion.iri : suggestion.url));
    this.options = suggestions.map((suggestion, number) => this.option(suggestion, number));
    this.list.replaceChildren(...this.options);
    this.mark(-1);
    this.list.hidden = this.options.length === 0;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    const words = this.options.length === 0 ? this.input.dataset["none"] : this.input.dataset["some"];
    this.said.textContent = (words ?? "").replace("{n}", String(this.options.length));
  }

  private option(suggestion: Suggestion, number: number): HTMLLIElement {
    const option = document.createElement("li");
    option.id = `${this.list.id}-${number}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    const label = document.createElement("bdi");
    label.className = "label";
    label.textContent = suggestion.label;
    const about = document.createElement("span");
    about.className = "about";
    const parts = [suggestion.kindLabel, suggestion.place, suggestion.otherName];
    about.textContent = parts.filter((part) => part).join(" · ");
    option.append(label, about);
    return option;
  }

  private key(event: KeyboardEvent): void {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const open = !this.list.hidden;
    const count = this.options.length;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp":
        if (!open) {
          this.later();
        } else {
          // One step past either end is the field itself, where nothing is chosen.
          const step = event.key === "ArrowDown" ? 1 : -1;
          this.mark(((this.active + 1 + step + count + 1) % (count + 1)) - 1);
        }
        event.preventDefault();
        break;
      case "Enter":
        if (open && this.active >= 0) {
          event.preventDefault();
          this.go(this.active);
        }
        break;
      case "Escape":
        if (open) {
          event.preventDefault();
          this.close();
        }
        break;
    }
  }

  private mark(number: number): void {
    this.options[this.active]?.setAttribute("aria-selected", "false");
    this.active = number;
    const option = this.options[number];
    if (option) {
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", option.id);
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  /** Open what was chosen or, in a field of a form, take its name over. */
  private go(number: number): void {
    if ("fill" in this.input.dataset) {
      this.input.value = this.options[number]?.querySelector(".label")?.textContent ?? this.input.value;
      this.close();
      return;
    }
    const address = this.addresses[number];
    if (!address) return;
    if ("pick" in this.input.dataset) {
      this.input.value = address;
      this.close();
      this.input.dispatchEvent(new Event("change", { bubbles: true }));
    } else {
      window.location.assign(address);
    }
  }

  private close(): void {
    window.clearTimeout(this.timer);
    this.asking?.abort();
    this.mark(-1);
    this.list.hidden = true;
    this.said.textContent = "";
    this.input.setAttribute("aria-expanded", "false");
  }
}

function furnish(part: ParentNode): void {
  for (const input of part.querySelectorAll<HTMLInputElement>("input[data-suggest]")) new Combobox(input);
}

furnish(document);
// A part of the page that was put in the place of an older one has fields of its own.
document.addEventListener("fresh", (event) => {
  if (event instanceof CustomEvent && event.detail instanceof HTMLElement) furnish(event.detail);
});
