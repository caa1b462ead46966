// Somebody who comes from elsewhere and reads another language of this site rather than the page's is offered the page
// in it. The address alone says the language, so nobody is sent on, and nothing is kept.

/** Show the offer in the language that the reader prefers, when the page has one for it. */
export function offerLanguage(): void {
  const offers = [...document.querySelectorAll<HTMLElement>(".offer")];
  const here = document.documentElement.lang;
  const known = [here, ...offers.map((offer) => offer.lang)];
  const preferred = navigator.languages.map((tag) => tag.split("-")[0] ?? "").find((tag) => known.includes(tag));
  if (preferred === undefined || preferred === here || cameFromHere()) return;
  for (const offer of offers) offer.hidden = offer.lang !== preferred;
}

function cameFromHere(): boolean {
  return document.referrer.startsWith(`${location.origin}/`);
}
