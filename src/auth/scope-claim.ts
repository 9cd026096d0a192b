import { isScope, type Scope } from './scopes.ts';
import type { JsonObject } from './strict-json.ts';
import { tokenRefusal } from './token-refusal.ts';

/** RFC 6749 §3.3: visible ASCII without quote and backslash, one blank between two. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/u;

/**
 * The scopes of a token that mean something here. They come as `scope` or `scp`, a blank-separated text or a list;
 * others are ignored, none at all is an empty set. Throws `unauthenticated` when they are malformed, or when
 * `scope` and `scp` disagree.
 */
export function readScopes({ scope, scp }: JsonObject): ReadonlySet<Scope> {
  const names = scopeNames(scope === undefined ? scp : scope);
  if (scope !== undefined && scp !== undefined && !sameNames(names, scopeNames(scp))) throw tokenRefusal('scope');
  return new Set([...names].filter(isScope));
}

function scopeNames(claim: unknown): ReadonlySet<string> {
  if (claim === undefined || claim === '') return new Set();
  const names: unknown = typeof claim === 'string' ? claim.split(' ') : claim;
  if (!Array.isArray(names) || !names.every(isScopeToken)) throw tokenRefusal('scope');
  return new Set(names);
}

function isScopeToken(name: unknown): name is string {
  return typeof name === 'string' && SCOPE_TOKEN.test(name);
}

function sameNames(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((name) => b.has(name));
}
