import { type JsonObject, parseStrictObject } from './strict-json.ts';
import { tokenRefusal } from './token-refusal.ts';

/** A token taken apart. Nothing in it is believed yet. */
export type UnverifiedToken = { readonly header: JsonObject; readonly payload: JsonObject };

const MAX_LENGTH = 8192;
const COMPACT_JWS = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/u;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads a compact JWS of three canonical parts. Throws `unauthenticated` on anything else. */
export function readToken(token: string): UnverifiedToken {
  const [, header, payload, signature] = token.length > MAX_LENGTH ? [] : (COMPACT_JWS.exec(token) ?? []);
  if (header === undefined || payload === undefined || signature === undefined) throw tokenRefusal('malformed');
  decode(signature);
  return { header: readObject(header), payload: readObject(payload) };
}

function readObject(part: string): JsonObject {
  const object = parseStrictObject(readText(decode(part)));
  if (object === undefined) throw tokenRefusal('malformed');
  return object;
}

/** One byte sequence has one spelling: loose bits at the end would give a token many. */
function decode(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.toString('base64url') !== part) throw tokenRefusal('malformed');
  return bytes;
}

function readText(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw tokenRefusal('malformed');
  }
}
