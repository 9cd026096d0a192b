const MAX_QUOTED = 400;
// Control, format (zero-width, bidi overrides), surrogate and private-use characters, and line separators.
// Blanks around them go with them; other blanks stay: the broker's symbols have them inside.
const UNSAFE = /\s*[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]+\s*/gu;

/**
 * Text that somebody else wrote (a broker's reason, a watchlist name), made safe to carry as data:
 * control and invisible characters become one blank, and the length is bounded. It is never an instruction of ours.
 */
export function quoted(text: string, maxLength = MAX_QUOTED): string {
  const clean = text
    .slice(0, maxLength * 4)
    .replaceAll(UNSAFE, ' ')
    .trim();
  return clean.length <= maxLength ? clean : `${clean.slice(0, maxLength - 1)}…`;
}
