export type JsonObject = Readonly<Record<string, unknown>>;

/** Names that mean something to the language itself; no honest token has a member of theirs. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:]/gu;

/**
 * The JSON object that a text holds; `undefined` when it is anything else, or has a member twice or one of a forbidden
 * name, at any depth: readers disagree on what such a text says.
 */
export function parseStrictObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && hasPlainMembers(text) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Walks the strings and brackets of a text that is known to be JSON: a string before a colon is a member's name. */
function hasPlainMembers(text: string): boolean {
  const open: Set<string>[] = [];
  let before = '';
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':' && !addMember(open.at(-1), before)) return false;
    before = token;
  }
  return true;
}

function addMember(members: Set<string> | undefined, quotedName: string): boolean {
  const name: unknown = JSON.parse(quotedName);
  if (members === undefined || typeof name !== 'string' || members.has(name) || FORBIDDEN.has(name)) return false;
  members.add(name);
  return true;
}
