// The page where queries are written: an editor in the place of the field, and answers without leaving the page.
import { closeCompletion } from "@codemirror/autocomplete";
import type { EditorView } from "@codemirror/view";
import { Address, LONGEST_ADDRESS } from "./workbench/address";
import { edit } from "./workbench/editor";
import { format } from "./workbench/format";
import { declaration } from "./workbench/prefixes";
import { placeOf, type Problem, showProblem, type Shown, spoken, words } from "./workbench/problems";
import { Runner } from "./workbench/run";
import { Share } from "./workbench/share";
import { read, say } from "./workbench/told";
import { Vocabulary } from "./workbench/vocabulary";

function part<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as T;
}

const told = read(part("editor"));
const field = part<HTMLTextAreaElement>("query");
const notice = part("problem");
const vocabulary = new Vocabulary();
const address = new Address(told.sparql, told.chosen);
let view = address.view;
let ran = field.value;
let changedAt = 0;

function announce(text: string): void {
  part("said").textContent = text;
}

function query(): string {
  return editor.state.sliceDoc();
}

/** What would be asked now. */
function asked(): URLSearchParams {
  return new URLSearchParams({ query: query(), ...(view ? { view } : {}), ...(told.chosen ? { lang: told.chosen } : {}) });
}

const runner = new Runner(told, {
  answer: part("shown"),
  elapsed: part("elapsed"),
  announce,
  running: (is) => {
    for (const button of doing("cancel")) button.hidden = !is;
  },
  answered: (of) => {
    tell(null);
    view = of.get("view") ?? "";
    ran = of.get("query") ?? "";
    if (ran === query()) address.ran(of);
    share.changed();
  },
  failed: (problem) => tell(problem),
});

function run(): boolean {
  closeCompletion(editor);
  tell(null);
  if (query() !== ran) view = ""; // how the last answer was seen says nothing of another's
  void runner.run(asked());
  return true;
}

/** Change the whole query, in one step that can be undone, and leave alone what is the same at both ends. */
function put(text: string, event: string): void {
  const before = query();
  let from = 0;
  while (from < Math.min(before.length, text.length) && before[from] === text[from]) from += 1;
  let tail = 0;
  while (tail < Math.min(before.length, text.length) - from && before.at(-1 - tail) === text.at(-1 - tail)) tail += 1;
  editor.dispatch({ changes: { from, to: before.length - tail, insert: text.slice(from, text.length - tail) }, userEvent: event });
}

function tidy(): boolean {
  const laid = format(query());
  announce(say(told, laid === query() ? "tidyAlready" : "tidied"));
  if (laid !== query()) put(laid, "input.format");
  return true;
}

/** Show what is wrong, in its line and under the editor, or that nothing is. */
function tell(problem: Problem | null): void {
  notice.replaceChildren();
  if (!problem) return showProblem(editor, null);
  const { add, line } = problem;
  const shown: Shown = { problem };
  if (add) {
    const act = () => {
      editor.dispatch({ changes: declaration(query(), add), userEvent: "input.prefix" });
      tell(null);
      announce(say(told, "added", { line: add }));
      editor.focus();
    };
    shown.repair = { label: say(told, "add", { line: add }), act };
  }
  showProblem(editor, shown);
  const place = placeOf(editor.state, problem);
  const box = document.createElement("div");
  if (place === undefined || line === undefined) {
    box.className = "notice error";
    const said = document.createElement("p");
    said.append(...words(problem));
    box.append(said);
  } else {
    // The words stand in the line; here is what can be done, for whoever does not use a pointer.
    const wrote = changedAt;
    box.className = "repairs";
    offer(box, say(told, "goTo", { line: String(line) }), () => {
      editor.dispatch({ ...(wrote === changedAt ? { selection: { anchor: place } } : {}), scrollIntoView: true });
      editor.focus();
    });
  }
  if (shown.repair) offer(box, shown.repair.label, shown.repair.act);
  notice.append(box);
}

function offer(box: HTMLElement, label: string, act: () => void): void {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "minor";
  button.textContent = label;
  button.addEventListener("click", act);
  box.append(button);
}

/** Have the server add to a query what tells who says so, and put it into the editor; returns whether that was done. */
async function evidence(of: string): Promise<boolean> {
  const body = new URLSearchParams({ query: of });
  try {
    const answer = await fetch(told.evidence, { method: "POST", body, headers: { Accept: "application/json, application/problem+json" } });
    const made = (await answer.json()) as { query: string; added: string[]; without?: string[] } & Problem;
    if (!answer.ok) {
      announce(spoken(made));
      tell(made);
      return false;
    }
    tell(null);
    if (made.query === query()) {
      announce(say(told, "evidenceNone"));
      return true;
    }
    put(made.query, "input.evidence");
    const done = [say(told, "evidence", { columns: made.added.join(", ") }), ...(made.without ?? [])].join(" ");
    announce(done);
    const box = document.createElement("p");
    box.className = "notice";
    box.textContent = done;
    notice.append(box);
    return true;
  } catch (error) {
    const detail = say(told, error instanceof SyntaxError ? "unreadable" : "unreachable");
    announce(detail);
    tell({ detail });
    return false;
  }
}

function doing(name: string): NodeListOf<HTMLButtonElement> {
  return document.querySelectorAll<HTMLButtonElement>(`button[data-do="${name}"]`);
}

const editor: EditorView = edit({
  parent: part("editor"),
  query: field.value,
  told,
  vocabulary,
  announce,
  changed: () => {
    field.value = query();
    changedAt += 1;
    address.wrote(field.value);
    share.changed();
  },
  run,
  cancel: () => runner.cancel(),
  tidy,
});
const share = new Share(told, part<HTMLDetailsElement>("share"), asked);

field.hidden = true;
part("editor").hidden = false;
part("query-label").addEventListener("click", (event) => {
  event.preventDefault();
  editor.focus();
});
for (const [name, act] of [["format", tidy], ["evidence", () => evidence(query())], ["cancel", () => runner.cancel()]] as const) {
  for (const button of doing(name)) {
    button.hidden = name === "cancel";
    button.addEventListener("click", () => void act());
  }
}
for (const help of document.querySelectorAll<HTMLElement>("details.keys")) help.hidden = false;

field.form?.addEventListener("submit", (event) => {
  // With a format the answer is a file, for the browser to fetch as ever.
  if (event.submitter?.getAttribute("name") === "format") return;
  event.preventDefault();
  run();
});

// An answer whose query is too long for links has buttons in their place.
part("shown").addEventListener("submit", (event) => {
  const { target, submitter } = event;
  const name = submitter?.getAttribute("name") ?? "";
  if (!(target instanceof HTMLFormElement) || name === "" || name === "format") return;
  event.preventDefault();
  const given = [...new FormData(target)].flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : []));
  void runner.run(new URLSearchParams([...given, [name, submitter?.getAttribute("value") ?? ""]]));
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && !event.isComposing) runner.cancel();
});

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[href]") : null;
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const to = new URL(link.href);
  const wanted = to.searchParams;
  if (link.closest("nav.languages")) {
    // The query as it stands now goes along; an answer is asked for again where it is that of the query.
    const now = new URLSearchParams([...asked(), ...(query() === ran && part("shown").childElementCount ? [] : [["run", "0"]])]);
    now.set("lang", link.hreflang);
    to.search = now.toString();
    if (to.href.length <= LONGEST_ADDRESS) link.href = to.href;
    return;
  }
  if (link.matches('[data-do="who-says-so"]')) {
    event.preventDefault();
    // The link stands under an answer, and so leads to one.
    void evidence(wanted.get("query") ?? query()).then((done) => done && run());
    return;
  }
  if (to.origin !== location.origin || to.pathname !== new URL(told.sparql, location.href).pathname || !wanted.has("query")) return;
  if (link.matches("[data-load]")) {
    event.preventDefault();
    put(wanted.get("query") ?? "", "input.load");
    tell(null);
    link.closest("details")?.removeAttribute("open");
    announce(say(told, "loaded", { title: link.textContent?.trim() ?? "" }));
    editor.focus();
  } else if (part("shown").contains(link) && !wanted.has("format") && !link.hasAttribute("download")) {
    // Another view of the answer that is shown, of the query that gave it; or a query in its place, which is mended.
    event.preventDefault();
    if (link.closest("#why")) put(wanted.get("query") ?? "", "input.load");
    wanted.delete("part");
    void runner.run(wanted);
  }
});

vocabulary.load(told.vocabulary).catch((error: unknown) => {
  console.warn(error);
  announce(say(told, "noVocabulary"));
});
