/** Something the palette offers. */
export interface Offer {
  key: string;
  title: string;
  hint: string;
  run: () => void;
}

/**
 * Offers that fit what was typed, best first: those whose title begins with it, then those with a word that does, then
 * those that have its letters in order.
 */
export function fitting(offers: readonly Offer[], typed: string): Offer[] {
  const wanted = typed.trim().toLowerCase();
  if (wanted === '') return [...offers];
  return offers
    .map((offer) => ({ offer, rank: rankOf(offer.title.toLowerCase(), wanted) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank)
    .map(({ offer }) => offer);
}

function rankOf(title: string, wanted: string): number {
  if (title.startsWith(wanted)) return 4;
  if (title.split(/[\s-]+/).some((word) => word.startsWith(wanted))) return 3;
  if (title.includes(wanted)) return 2;
  let at = -1;
  for (const letter of wanted) {
    at = title.indexOf(letter, at + 1);
    if (at < 0) return 0;
  }
  return wanted.length > 1 ? 1 : 0;
}
