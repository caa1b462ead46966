// Why an answer is empty: the link beside it becomes what it leads to, when the page has nothing else to do.

/** Put the reason in the place of each link to one; where that fails the link stays. */
export function explainEmpty(root: ParentNode): void {
  for (const link of root.querySelectorAll<HTMLAnchorElement>("a[data-why]")) {
    link.removeAttribute("data-why");
    void told(link);
  }
}

async function told(link: HTMLAnchorElement): Promise<void> {
  const address = new URL(link.href);
  address.searchParams.set("part", "1");
  try {
    const response = await fetch(address, { headers: { Accept: "text/html" } });
    if (!response.ok) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("why");
    if (fresh) link.parentElement?.replaceWith(document.adoptNode(fresh));
  } catch {
    // The link is still there.
  }
}
