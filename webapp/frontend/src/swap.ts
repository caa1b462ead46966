// What forms that show their answer without a new page have in common.

/** The address that a form asks for, without what is empty. */
export function wanted(from: HTMLFormElement, more: [string, string][] = []): string {
  const asked = new URLSearchParams();
  for (const [name, value] of [...new FormData(from), ...more]) {
    if (typeof value === "string" && value !== "") asked.append(name, value);
  }
  const query = asked.toString();
  return from.action + (query ? `?${query}` : "");
}

/** The page at an address, and the address that it has after all redirections; ``faulty`` ones that say why count too. */
export async function fetched(address: string, faulty = false): Promise<{ page: Document; url: string }> {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  const kind = answer.headers.get("Content-Type") ?? "";
  if (!(answer.ok || faulty) || !kind.startsWith("text/html")) throw new Error(`${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { page, url: answer.url };
}

/** Take over what stands outside of the parts: the title, the other languages, and what a screen reader hears. */
export function adopt(page: Document, words: Element | null): void {
  document.title = page.title;
  for (const link of document.querySelectorAll<HTMLAnchorElement>("a[hreflang]")) {
    const other = page.querySelector<HTMLAnchorElement>(`a[hreflang="${link.hreflang}"]`);
    if (other) link.href = other.href;
  }
  const said = document.querySelector("[data-announce]");
  if (said) said.textContent = words?.textContent ?? "";
}
