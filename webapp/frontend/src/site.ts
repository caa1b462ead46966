// On every page, and small. A page is whole without it; what is here only makes it quicker to use.
import "./facets";
import "./suggest";

document.documentElement.classList.add("js");

/** Load what draws a figure when it comes near the window; a figure that cannot be drawn gives its room back. */
function lazily(selector: string, load: () => Promise<{ draw(figure: HTMLElement): Promise<void> }>): void {
  const figures = document.querySelectorAll<HTMLElement>(selector);
  if (figures.length === 0) return;
  const watch = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        watch.unobserve(target);
        const figure = target as HTMLElement;
        load()
          .then(({ draw }) => draw(figure))
          .catch((error: unknown) => {
            figure.hidden = true;
            figure.classList.add("failed");
            console.error(error);
          });
      }
    },
    { rootMargin: "300px" },
  );
  for (const figure of figures) watch.observe(figure);
}

lazily("figure[data-map]", () => import("./map"));
lazily("figure[data-network]", () => import("./network"));

if (document.querySelector("form[data-builder]")) void import("./builder");

// <button data-copy="id of the element" data-copied="Copied">: copies its text, and says so for a moment.
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
