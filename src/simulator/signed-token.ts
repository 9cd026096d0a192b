import { Buffer } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { WireObject } from './engine/desk.ts';

const encode = (value: WireObject): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const signature = (key: string, signed: string): string => createHmac('sha256', key).update(signed).digest('base64url');

/** A compact JWS over `claims`, with HMAC-SHA256. `typ` says what the token is for: `rt+jwt`, `at+jwt`. */
export function signToken(key: string, typ: string, claims: WireObject): string {
  const signed = `${encode({ alg: 'HS256', typ })}.${encode(claims)}`;
  return `${signed}.${signature(key, signed)}`;
}

function parseObject(part: string): WireObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** The claims of a token that was signed with this key for this use; undefined for anything else. */
export function readToken(key: string, typ: string, token: string): WireObject | undefined {
  const [header, claims, given, ...rest] = token.split('.');
  if (header === undefined || claims === undefined || given === undefined || rest.length > 0) return undefined;
  const expected = Buffer.from(signature(key, `${header}.${claims}`));
  const actual = Buffer.from(given);
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) return undefined;
  return parseObject(header)?.['typ'] === typ ? parseObject(claims) : undefined;
}
