import fastifyJwt from '@fastify/jwt';
import type { FastifyInstance } from 'fastify';
import type { Caller } from '../../auth/caller.ts';
import { CLOCK_TOLERANCE_MS, type TokenPolicy } from '../../auth/claim-policy.ts';
import { ALGORITHMS } from '../../auth/header-policy.ts';
import { tokenRefusal } from '../../auth/token-refusal.ts';
import { createVerifiedTokens } from '../../auth/verified-tokens.ts';
import { type CheckSignature, type KeySource, verifyToken } from '../../auth/verify-token.ts';
import type { Clock } from '../../core/clock.ts';

export type AuthOptions = TokenPolicy & { readonly keys: KeySource; readonly clock: Clock };

/** Who sends this `Authorization` header. Throws `unauthenticated` with the reason in its details. */
export type VerifyCaller = (authorization: string | undefined) => Promise<Caller>;

const BEARER = /^Bearer +([A-Za-z0-9._-]+)$/iu;

/**
 * Registers `@fastify/jwt` and gives the one way to a Caller. Its `request.jwtVerify` has no key and refuses
 * everything: `verifyToken` chooses the key and judges the claims.
 */
export async function registerAuth(app: FastifyInstance, options: AuthOptions): Promise<VerifyCaller> {
  const { issuer, audience, keys, clock } = options;
  await app.register(fastifyJwt, {
    secret: { public: () => Promise.reject(tokenRefusal('unknown_key')) },
    verify: {
      algorithms: [...ALGORITHMS],
      allowedIss: issuer,
      allowedAud: audience,
      requiredClaims: ['iss', 'aud', 'sub', 'exp', 'iat'],
      clockTolerance: CLOCK_TOLERANCE_MS,
      cache: false,
    },
  });
  const verified = createVerifiedTokens(clock);
  const deps = { policy: { issuer, audience }, keys, clock, checkSignature: signatureCheck(app, clock) };
  return async (authorization) => {
    const token = bearerToken(authorization);
    const known = verified.get(token);
    if (known !== undefined) return known;
    const caller = await verifyToken(token, deps);
    verified.put(token, caller);
    return caller;
  };
}

/** The library repeats its own checks of the claims, by the same clock, after the stricter ones have passed. */
function signatureCheck(app: FastifyInstance, clock: Clock): CheckSignature {
  return (token, publicKey) => {
    try {
      app.jwt.verify(token, { key: publicKey, clockTimestamp: clock.now() });
      return true;
    } catch {
      return false;
    }
  };
}

function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined || authorization === '') throw tokenRefusal('missing');
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined) throw tokenRefusal('malformed');
  return token;
}
