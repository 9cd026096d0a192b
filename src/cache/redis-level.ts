import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { Channels } from '../fleet/channels.ts';
import type { RedisConnection } from '../redis/connect.ts';
import type { RedisScript } from '../redis/script.ts';
import type { ChangeListener } from '../redis/track-changes.ts';
import { openNews } from './change-news.ts';
import { readFailure, writeFailure } from './failure.ts';
import { VERSION_LENGTH, pack, unpack } from './packed.ts';
import type { Slot } from './reference-key.ts';
import {
  DROP_KEPT_MS,
  FAILURE_KEPT_MS,
  REFRESH_PAUSE_MS,
  TURN_MS,
  type LevelListener,
  type SharedLevel,
  type Turn,
  type TurnWish,
} from './shared-level.ts';
import { slotOf, stateKey, valueKey } from './slot-keys.ts';
import type { Stored } from './stored.ts';
import { BEGIN, DROP, FAIL, RENEW, STORE } from './turn-scripts.ts';

export type RedisLevelParts = {
  readonly redis: RedisConnection;
  readonly channels: Channels;
  readonly clock: Clock;
  readonly log: Log;
};

/** While Redis is away nobody can change what all share, so what this replica has loaded is good for longer. */
const AWAY_MS = 30_000;

/** In Redis, compressed, for all replicas. */
export function createRedisLevel({ redis, channels, clock, log }: RedisLevelParts): SharedLevel {
  const listeners = new Set<LevelListener>();
  const news = openNews({ redis, channels, clock, log, listener: tellAll(listeners) });

  const run = (script: RedisScript, slot: Slot, args: Parameters<RedisScript>[2]): Promise<unknown> =>
    redis.ask((client) => script(client, [valueKey(slot), stateKey(slot)], args));

  /** As `run`, of what a turn does; and tells of it. */
  async function act(script: RedisScript, slot: Slot, args: Parameters<RedisScript>[2]): Promise<boolean> {
    const isDone = (await run(script, slot, args)) === 1;
    if (isDone) await news.tell(valueKey(slot));
    return isDone;
  }

  const held = ({ flight, known = '' }: TurnWish) => [flight, TURN_MS, known] as const;

  async function remove(slot: Slot): Promise<undefined> {
    log.warn({}, 'A value in the shared cache could not be used, and was removed');
    await redis.ask((client) => client.del(valueKey(slot)));
    return undefined;
  }

  return {
    get isAway() {
      return redis.isAway;
    },
    get trustMs() {
      return redis.isAway ? AWAY_MS : news.trustMs;
    },
    async read(slot, isUsable) {
      const packed = await redis.ask((client) => client.getBuffer(valueKey(slot)).catch(wrongType));
      if (packed === null) return undefined;
      const stored: Stored | undefined = packed === undefined ? undefined : await unpack(slot, packed);
      return stored !== undefined && isUsable(stored) ? stored : remove(slot);
    },
    async version(slot) {
      const version = await redis.ask((client) => client.getrange(valueKey(slot), 0, VERSION_LENGTH - 1));
      return version === '' ? undefined : version;
    },
    begin: async (slot, wish) => readTurn(await run(BEGIN, slot, [...held(wish), wish.joined ?? ''])),
    renew: async (slot, wish) => (await run(RENEW, slot, held(wish))) === 1,
    store: async (slot, wish, stored) => act(STORE, slot, [...held(wish), await pack(slot, stored), stored.lifeMs]),
    async fail(slot, wish, failure) {
      const why = failure === undefined ? '' : writeFailure(failure);
      await act(FAIL, slot, [...held(wish), why, wish.known === undefined ? FAILURE_KEPT_MS : REFRESH_PAUSE_MS]);
    },
    async drop(slot) {
      await act(DROP, slot, [DROP_KEPT_MS]);
    },
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => news.close(),
  };
}

function tellAll(listeners: ReadonlySet<LevelListener>): ChangeListener {
  return {
    changed(key) {
      const slot = key === undefined ? undefined : slotOf(key);
      if (key === undefined || slot !== undefined) for (const { changed } of listeners) changed(slot);
    },
    linked(isUp) {
      for (const { linked } of listeners) linked(isUp);
    },
  };
}

/** A key that holds something else altogether. */
function wrongType(error: unknown): undefined {
  if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return undefined;
  throw error;
}

function readTurn(answer: unknown): Turn {
  const [, kind = '', rest = ''] = /^(\w+) ?(.*)$/su.exec(String(answer)) ?? [];
  if (kind === 'load' || kind === 'stored') return { kind };
  if (kind === 'failed') return { kind, failure: readFailure(rest) };
  if (kind !== 'busy') throw new TypeError('The script of a turn answered something else');
  const [flight = '', leftMs] = rest.split(' ');
  return { kind, flight, leftMs: Math.max(0, Number(leftMs)) };
}
