import * as z from 'zod';

/** Visible ASCII only: it goes into a header. */
const HEADER_SAFE = /^[\x21-\x7E]{1,8192}$/u;
const MAX_LIFE_SECONDS = 86_400;

/** The token endpoint's answer: no envelope, snake case. `expires_in` counts; the token's own claims do not. */
export const wireAccessToken = z
  .object({
    access_token: z.string().regex(HEADER_SAFE, 'not a token'),
    expires_in: z.coerce.number().positive().max(MAX_LIFE_SECONDS),
  })
  .transform((wire) => ({ token: wire.access_token, lifeMs: wire.expires_in * 1000 }));
