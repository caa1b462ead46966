// Maps and networks are drawn by scripts of their own, which are loaded when one comes near the window.

interface Drawer {
  draw(figure: HTMLElement): Promise<void>;
}

/** Draw the figures within a part of the page; one that cannot be drawn gives its room back. */
export function drawFigures(within: ParentNode): void {
  lazily(within, "figure[data-map]", () => import("./map"));
  lazily(within, "figure[data-network]", () => import("./network"));
}

function lazily(within: ParentNode, selector: string, load: () => Promise<Drawer>): void {
  const figures = within.querySelectorAll<HTMLElement>(selector);
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
