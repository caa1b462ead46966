// On every page, and small. A page is whole without it; what is here only makes it quicker to use.
import "./facets";
import { drawFigures } from "./figures";
import { offerLanguage } from "./offer";
import "./suggest";
import { explainEmpty } from "./why";

document.documentElement.classList.add("js");

drawFigures(document);
offerLanguage();
explainEmpty(document);

// What the menu has under "More" closes by Escape, and when somebody goes on elsewhere.
const more = document.querySelector<HTMLDetailsElement>(".menu-more > details");
addEventListener("keydown", ({ key }) => {
  if (key !== "Escape" || !more?.open || !more.contains(document.activeElement)) return;
  more.open = false;
  more.querySelector("summary")?.focus();
});
addEventListener("click", ({ target }) => {
  if (more?.open && target instanceof Node && !more.contains(target)) more.open = false;
});

if (document.querySelector("form[data-builder]")) void import("./builder");

// <button data-copy="id of the element" data-copied="Copied">: copies its text, and says so for a moment.
// It is hidden until there is a script to do it.
for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) button.hidden = false;
document.addEventListener("click", async ({ target }) => {
  const button = target instanceof Element ? target.closest<HTMLButtonElement>("button[data-copy]") : null;
  const from = button && document.getElementById(button.dataset.copy ?? "");
  if (!button || !from) return;
  const text = from instanceof HTMLTextAreaElement || from instanceof HTMLInputElement ? from.value : from.textContent;
  await navigator.clipboard.writeText((text ?? "").trim());
  const before = button.textContent;
  button.setAttribute("aria-live", "polite");
  button.textContent = button.dataset.copied ?? "Copied";
  setTimeout(() => {
    button.textContent = before;
  }, 2500);
});

// On paper nothing can be opened, so it is open; afterwards it is as it was.
let opened: HTMLDetailsElement[] = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll<HTMLDetailsElement>("main details:not([open])")];
  for (const each of opened) each.open = true;
});
addEventListener("afterprint", () => {
  for (const each of opened) each.open = false;
});
