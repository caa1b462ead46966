// What maps and networks have in common.

/** Read the JSON at an address; one that begins with # is that of a data block of this page. */
export async function read<T>(address: string): Promise<T> {
  if (address.startsWith("#")) return JSON.parse(document.getElementById(address.slice(1))?.textContent ?? "") as T;
  const answer = await fetch(address, { headers: { accept: "application/json, application/geo+json" } });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return (await answer.json()) as T;
}

/** Load the sheet that a figure names, once for all figures of its kind. */
export function style(figure: HTMLElement): Promise<void> {
  const address = figure.dataset.style ?? "";
  const known = document.querySelector<HTMLLinkElement>(`link[href="${CSS.escape(address)}"], link[href="${address}"]`);
  if (!address || known) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = address;
    link.onload = () => resolve();
    link.onerror = () => reject(new Error(address));
    document.head.append(link);
  });
}

/** Return the part of a figure in which it is drawn, with the caption as its name. */
export function ground(figure: HTMLElement, selector: string): HTMLElement {
  const found = figure.querySelector<HTMLElement>(selector);
  if (!found) throw new Error(`a figure without ${selector}`);
  found.setAttribute("role", "region");
  found.setAttribute("aria-label", figure.querySelector("figcaption")?.textContent?.trim() ?? "");
  return found;
}

/** Make an element with a class and a text; nothing that comes from data is ever read as HTML. */
export function make<K extends keyof HTMLElementTagNameMap>(tag: K, name = "", text = ""): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text) made.textContent = text;
  return made;
}

export const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
