const KEYS =
  'authorization|client[-_]?secret|refresh[-_]?token|access[-_]?token|id[-_]?token|auth[-_]?token|quote[-_]?token|token|password|cookie|api[-_]?key|vault[-_]?key|sessionId';

const RULES: readonly (readonly [RegExp, string])[] = [
  // Anything that looks like a JWS or JWE, wherever it stands.
  [/\beyJ[\w-]{6,}\.[\w-]*\.[\w.-]*/gu, '[jwt]'],
  [/\b(Bearer|Basic)(\s+|%20)[\w.~+/=%-]{6,}/giu, '$1 [secret]'],
  // "client_secret":"…" in JSON, also when the JSON is itself inside a JSON string.
  [new RegExp(`(\\\\*"(?:${KEYS})\\\\*"\\s*:\\s*\\\\*")[^"\\\\]+`, 'giu'), '$1[secret]'],
  // client_secret=… in a form or a query.
  [new RegExp(`\\b(${KEYS})=[^&\\s"\\\\]+`, 'giu'), '$1=[secret]'],
  // postgres://user:password@host and the like.
  [/\b([a-z][a-z+]*:\/\/[^\s:/@"]+):[^\s@"]+@/giu, '$1:[secret]@'],
];

/** Takes whatever has the shape of a secret out of a line of log, whichever key or sentence it stands in. */
export function scrub(line: string): string {
  return RULES.reduce((text, [pattern, replacement]) => text.replaceAll(pattern, replacement), line);
}
