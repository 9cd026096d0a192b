import type { Caller } from './caller.ts';
import { type EpochMs, epochMs } from '../core/clock.ts';
import { isClaimText } from './claim-text.ts';
import { readScopes } from './scope-claim.ts';
import type { JsonObject } from './strict-json.ts';
import { tokenRefusal } from './token-refusal.ts';

/** Whose tokens are accepted, and for which service. Both are compared exactly. */
export type TokenPolicy = { readonly issuer: string; readonly audience: string };

/** How far the issuer's clock and ours may disagree. */
export const CLOCK_TOLERANCE_MS = 5000;
const MAX_LIFETIME_SECONDS = 31 * 86_400;
const MAX_AUDIENCES = 8;

/** Members of ID tokens and logout tokens, which some issuers give the type of an access token. */
const NOT_ACCESS = ['at_hash', 'c_hash', 's_hash', 'nonce', 'events'];

/** What a token must say besides being well signed. Throws `unauthenticated`. */
export function checkClaims(payload: JsonObject, policy: TokenPolicy, now: EpochMs): Caller {
  if (payload['iss'] !== policy.issuer) throw tokenRefusal('issuer');
  checkAudience(payload, policy);
  checkKind(payload);
  const { sub } = payload;
  if (!isClaimText(sub)) throw tokenRefusal('subject');
  const expiresAt = checkTimes(payload, now);
  const clientId = readClient(payload);
  const scopes = readScopes(payload);
  return { issuer: policy.issuer, subject: sub, ...(clientId === undefined ? {} : { clientId }), scopes, expiresAt };
}

/** Ours alone, or one of a short list of different ones: who else may use the token is the issuer's decision. */
function checkAudience({ aud }: JsonObject, { audience }: TokenPolicy): void {
  const all: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  const isSound = all.length <= MAX_AUDIENCES && all.every(isClaimText) && new Set(all).size === all.length;
  if (!isSound || !all.includes(audience)) throw tokenRefusal('audience');
}

/** No ID token, refresh token or logout token; and none that is worth nothing without a proof we do not ask for. */
function checkKind(payload: JsonObject): void {
  const { typ, token_use: use, cnf } = payload;
  if (NOT_ACCESS.some((name) => Object.hasOwn(payload, name))) throw tokenRefusal('type');
  if (typ !== undefined && !(typeof typ === 'string' && typ.toLowerCase() === 'bearer')) throw tokenRefusal('type');
  if (use !== undefined && use !== 'access') throw tokenRefusal('type');
  if (cnf !== undefined) throw tokenRefusal('binding');
}

/** `exp` and `iat` are required, `nbf` is not; all are whole seconds. */
function checkTimes({ exp, iat, nbf }: JsonObject, now: EpochMs): EpochMs {
  if (!isSeconds(exp) || !isSeconds(iat)) throw tokenRefusal('lifetime');
  if (nbf !== undefined && !isSeconds(nbf)) throw tokenRefusal('lifetime');
  if (exp <= iat || exp - iat > MAX_LIFETIME_SECONDS) throw tokenRefusal('lifetime');
  const startsAt = Math.max(iat, nbf ?? iat) * 1000;
  if (startsAt > now + CLOCK_TOLERANCE_MS) throw tokenRefusal('not_yet_valid');
  if (exp * 1000 + CLOCK_TOLERANCE_MS <= now) throw tokenRefusal('expired');
  return epochMs(exp * 1000);
}

function isSeconds(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function readClient({ client_id: clientId, azp }: JsonObject): string | undefined {
  const client = clientId === undefined ? azp : clientId;
  if (client === undefined) return undefined;
  if (!isClaimText(client)) throw tokenRefusal('client');
  return client;
}
