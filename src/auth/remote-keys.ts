import { createSingleFlight } from '../core/single-flight.ts';
import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { discoverJwksUrl } from './discover-jwks-url.ts';
import { type Fetch, fetchObject } from './fetch-object.ts';
import type { KeyName } from './header-policy.ts';
import { keyId, type PublicKeys, readPublicKeys } from './public-keys.ts';
import { tokenRefusal } from './token-refusal.ts';
import type { KeySource } from './verify-token.ts';

export type RemoteKeysDeps = {
  readonly issuer: string;
  /** Absent: asked of the issuer. */
  readonly jwksUrl?: string;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly log: Log;
};

/** However many unknown keys are named, the issuer is asked once in this time. A rotated key is usable after it at the latest. */
const COOLDOWN_MS = 10_000;
/** Until the first answer. */
const FIRST_COOLDOWN_MS = 1000;
/** From this age on, keys are fetched afresh behind the back of whoever asks; */
const REFRESH_AFTER_MS = 300_000;
/** from this age on before they are used; */
const WAIT_AFTER_MS = 900_000;
/** and when the issuer cannot be reached, they are still used up to this age. */
const USE_UNTIL_MS = 86_400_000;

/**
 * The keys of a remote issuer, its whole set at a time, so that an unknown key named by a stranger never stands in the
 * way of a good one. Fetches when first asked. Throws `config_invalid` at once when there is nowhere to ask.
 */
export function createRemoteKeys(deps: RemoteKeysDeps): KeySource {
  if (deps.jwksUrl === undefined && !/^https?:$/u.test(URL.parse(deps.issuer)?.protocol ?? '')) {
    throw new GatewayError('config_invalid', 'The issuer is not a URL, so it cannot be asked where its keys are.', {
      advice: 'Set JWT_JWKS_URL to the address of its JWK set.',
    });
  }
  return new RemoteKeys(deps);
}

class RemoteKeys implements KeySource {
  readonly #deps: RemoteKeysDeps;
  readonly #once = createSingleFlight<void>();
  #keys: PublicKeys = new Map();
  #jwksUrl: string | undefined;
  #fetchedAtMs = Number.NEGATIVE_INFINITY;
  #triedAtMs = Number.NEGATIVE_INFINITY;

  constructor(deps: RemoteKeysDeps) {
    this.#deps = deps;
    this.#jwksUrl = deps.jwksUrl;
  }

  async find(name: KeyName): Promise<string | undefined> {
    const id = keyId(name);
    const ageMs = this.#ageMs();
    if (!this.#keys.has(id) || ageMs >= WAIT_AFTER_MS) await this.#refresh();
    else if (ageMs >= REFRESH_AFTER_MS) void this.#refresh();
    if (this.#ageMs() >= USE_UNTIL_MS) throw tokenRefusal('keys_unavailable');
    return this.#keys.get(id);
  }

  #ageMs(): number {
    return this.#deps.clock.monotonicMs() - this.#fetchedAtMs;
  }

  /** Joins a fetch under way; begins one unless one ended a moment ago. Never throws. */
  #refresh(): Promise<void> {
    return this.#once('keys', async () => {
      const { clock, log } = this.#deps;
      const cooldownMs = Number.isFinite(this.#fetchedAtMs) ? COOLDOWN_MS : FIRST_COOLDOWN_MS;
      if (clock.monotonicMs() - this.#triedAtMs < cooldownMs) return;
      this.#triedAtMs = clock.monotonicMs();
      try {
        this.#keys = await this.#fetch();
        this.#fetchedAtMs = clock.monotonicMs();
      } catch (error) {
        this.#jwksUrl = this.#deps.jwksUrl;
        log.warn({ error }, 'The signing keys of the issuer could not be fetched');
      }
    });
  }

  async #fetch(): Promise<PublicKeys> {
    this.#jwksUrl ??= await discoverJwksUrl(this.#deps.issuer, this.#deps);
    const keys = readPublicKeys(await fetchObject(this.#jwksUrl, this.#deps));
    if (keys === undefined) throw new Error('It answered with something other than a JWK set');
    return keys;
  }
}
