const MAX_LENGTH = 255;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]/u;

/**
 * Whether a value can name an issuer, a subject or a client: a text of 1 to 255 characters that neither begins nor
 * ends with white space and has nothing invisible in it, so that two different names never look the same in a log.
 */
export function isClaimText(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > MAX_LENGTH) return false;
  return value.trim() === value && !INVISIBLE.test(value);
}
