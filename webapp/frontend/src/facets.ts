// Narrows a list as soon as a box is ticked. The form works without this; here the answer takes the place of what is
// shown, so that focus, folds and the place on the page stay as they are, and a screen reader hears the new count.
import { adopt, fetched, wanted } from "./swap";

const PARTS = ["results", "facets"];
let latest = 0;

function form(): HTMLFormElement | null {
  return document.querySelector<HTMLFormElement>("form[data-narrow]");
}

async function show(address: string): Promise<void> {
  const turn = ++latest;
  document.body.classList.add("narrowing");
  try {
    const { page } = await fetched(address);
    if (turn !== latest) return;
    replace(page);
  } catch {
    if (turn === latest) location.assign(address); // the plain way shows what is the matter
  } finally {
    if (turn === latest) document.body.classList.remove("narrowing");
  }
}

/** Put the parts of a fresh page in the place of the old ones; open folds stay open, and the focus where it was. */
function replace(fresh: Document): void {
  const focused = document.activeElement?.id;
  const folds = new Map<string, boolean>();
  for (const fold of document.querySelectorAll<HTMLDetailsElement>("#facets details[id], #facets .drawer")) {
    folds.set(fold.id, fold.open);
  }
  for (const id of PARTS) {
    const old = document.getElementById(id);
    const next = fresh.getElementById(id);
    if (!old || !next) throw new Error(`the answer has no #${id}`);
    if (id === "facets") {
      for (const fold of next.querySelectorAll<HTMLDetailsElement>("details[id], .drawer")) {
        fold.open = folds.get(fold.id) ?? fold.open;
      }
    }
    old.replaceWith(document.adoptNode(next));
  }
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  adopt(fresh, document.getElementById("count"));
}

document.addEventListener("change", (event) => {
  const asked = form();
  if (!asked || !(event.target instanceof HTMLInputElement) || event.target.form !== asked) return;
  const address = wanted(asked);
  if (document.querySelector("[data-map]")) {
    location.assign(address); // a map is drawn anew with its page
    return;
  }
  history.pushState({ narrowed: true }, "", address);
  void show(address);
});

if (form()) {
  document.documentElement.classList.add("narrows");
  window.addEventListener("popstate", () => void show(location.href));
}
