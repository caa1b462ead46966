// The builder with scripts: a change of the form is asked at once, and the fresh page's parts take the place of the old
// ones. The form works without this. The focus goes where somebody goes on: to a condition that was begun, to the list
// of what to add when one was taken away, else it stays where it is.
import { adopt, fetched, wanted } from "./swap";

const PAUSE = 500; // milliseconds without a key before what is typed is asked
const SHORT = 120; // and before what is chosen is: keys move through a list one by one
const HOME = "builder";
let latest = 0;
let timer = 0;
let changed = ""; // the field that was changed last: going back leads to before it, not through all its values

function form(): HTMLFormElement | null {
  return document.querySelector<HTMLFormElement>("form[data-builder]");
}

interface Wish {
  address: string;
  /** Only the sentence and the answer are shown anew: the form is being typed in. */
  typing?: boolean;
  /** The page before was one of the same change. */
  again?: boolean;
  /** The address is that of the page already, as after going back. */
  here?: boolean;
  /** Where the focus goes, given the id of what had it. */
  focus?: (fresh: HTMLElement, focused?: string) => HTMLElement | null;
}

async function show({ address, typing, again, here, focus }: Wish): Promise<void> {
  const turn = ++latest;
  window.clearTimeout(timer);
  document.body.classList.add("asking-anew");
  try {
    const { page, url } = await fetched(address, true);
    if (turn !== latest) return;
    const fresh = page.getElementById(HOME);
    const old = document.getElementById(HOME);
    if (!fresh || !old) throw new Error(`the answer has no #${HOME}`);
    if (typing && page.getElementById("faults")) return; // half a number is no fault yet
    if (!here) history[again ? "replaceState" : "pushState"]({ built: true }, "", url);
    if (typing) {
      for (const id of ["saying", "answer"]) {
        const next = page.getElementById(id);
        if (next) document.getElementById(id)?.replaceWith(document.adoptNode(next));
      }
    } else {
      replace(old, fresh, focus);
    }
    adopt(page, document.getElementById("count") ?? document.getElementById("faults"));
  } catch {
    if (turn === latest) location.assign(address); // the plain way shows what is the matter
  } finally {
    if (turn === latest) document.body.classList.remove("asking-anew");
  }
}

function replace(old: HTMLElement, fresh: HTMLElement, focus?: Wish["focus"]): void {
  const focused = document.activeElement?.id;
  const folds = new Map<string, boolean>();
  for (const fold of old.querySelectorAll<HTMLDetailsElement>("details[id]")) folds.set(fold.id, fold.open);
  for (const fold of fresh.querySelectorAll<HTMLDetailsElement>("details[id]")) {
    fold.open = folds.get(fold.id) ?? fold.open;
  }
  const shown = document.adoptNode(fresh);
  old.replaceWith(shown);
  document.dispatchEvent(new CustomEvent("fresh", { detail: shown }));
  const target = focus?.(shown, focused) ?? (focused ? document.getElementById(focused) : null);
  target?.focus({ preventScroll: !focus });
}

/** The first field of the last condition that is not finished: what somebody does next. */
function begun(fresh: HTMLElement): HTMLElement | null {
  const cards = [...fresh.querySelectorAll<HTMLElement>(".condition")];
  const fields = cards.at(-1)?.querySelectorAll<HTMLElement>("select, input:not([type=hidden])");
  return fields?.[1] ?? fields?.[0] ?? null;
}

/** What is chosen in these lists waits for its button: a key that moves through them must not send the form. */
const WAITING = /^(find|add|then\d+)$/;

/** The address of the form as it is, without what waits for its button. */
function settled(asked: HTMLFormElement): string {
  const address = new URL(wanted(asked));
  const was = address.searchParams.get("was");
  for (const name of [...address.searchParams.keys()]) if (WAITING.test(name)) address.searchParams.delete(name);
  if (was) address.searchParams.set("find", was);
  return address.href;
}

function later(wish: Wish, pause: number): void {
  window.clearTimeout(timer);
  timer = window.setTimeout(() => void show(wish), pause);
}

document.addEventListener("change", ({ target }) => {
  const asked = form();
  if (!asked || !(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return;
  if (target.form !== asked || WAITING.test(target.name)) return;
  const number = /^(?:how|value)(\d+)$/.exec(target.name)?.[1];
  const { id } = target;
  const focus: Wish["focus"] = (fresh, focused) =>
    focused && focused !== id
      ? null
      : (fresh.querySelector<HTMLElement>(`#${id}`) ?? fresh.querySelector<HTMLElement>(`#b-how${number}`));
  later({ address: settled(asked), again: id === changed, focus: number ? focus : undefined }, SHORT);
  changed = id;
});

document.addEventListener("input", ({ target }) => {
  const asked = form();
  if (!asked || !(target instanceof HTMLInputElement) || target.form !== asked || target.type === "checkbox") return;
  if ("pick" in target.dataset) return; // a name half typed is nothing yet
  later({ address: settled(asked), typing: true, again: true }, PAUSE);
});

document.addEventListener("submit", (event) => {
  const asked = form();
  if (!asked || event.target !== asked) return;
  event.preventDefault();
  const button = event.submitter instanceof HTMLButtonElement ? event.submitter : null;
  const adds = asked.querySelector<HTMLSelectElement>("#b-add")?.value;
  if (button?.name === "remove") {
    const address = `${settled(asked)}&remove=${button.value}`;
    void show({ address, focus: (fresh) => fresh.querySelector<HTMLElement>("#b-add") });
  } else if (button?.id === "b-submit") {
    void show({ address: wanted(asked), focus: adds ? begun : (fresh) => fresh.querySelector<HTMLElement>("#answer") });
  } else {
    const number = button?.closest(".condition")?.id.slice(1);
    const onward: Wish["focus"] = number
      ? (fresh) => fresh.querySelector<HTMLElement>(`#b-how${number}`)
      : (fresh) => fresh.querySelector<HTMLElement>("#b-find");
    void show({ address: wanted(asked), focus: adds ? begun : button ? onward : undefined });
  }
});

window.addEventListener("popstate", () => {
  if (form()) void show({ address: location.href, here: true });
});
