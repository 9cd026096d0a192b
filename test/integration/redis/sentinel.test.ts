import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLog } from '../../../src/core/log.ts';
import { type RedisConnection, connectRedis } from '../../../src/redis/connect.ts';
import { eventually } from '../../support/eventually.ts';
import { type RedisGroup, startRedisGroup } from '../../support/processes/redis-group.ts';

const WITHIN_MS = 10_000;

let group: RedisGroup;
beforeAll(async () => {
  group = await startRedisGroup('sentinel');
});
afterAll(() => group.stop());

function connect(): RedisConnection {
  const redis = connectRedis(group.url, { log: silentLog, clock: systemClock });
  onTestFinished(() => redis.close());
  return redis;
}

const comesTo = (client: RedisConnection['client'], status: string): Promise<void> =>
  eventually(() => client.status === status, WITHIN_MS);

/** Drops a connection, and the next one again while it is still being made. */
async function dropTwice(client: RedisConnection['client']): Promise<void> {
  const ended = new Promise<void>((resolve) => void client.once('end', () => resolve()));
  client.once('connecting', () => client.disconnect(true));
  client.disconnect(true);
  await ended;
}

describe('a connection behind Sentinels', () => {
  it('is made again after it was dropped while the Sentinels were asked for the master', async () => {
    const redis = connect();
    await eventually(() => redis.healthy(), WITHIN_MS);
    await dropTwice(redis.client);
    await eventually(() => redis.healthy(), WITHIN_MS);
    expect(redis.isAway).toBe(false);
  });

  it('hears again what it was subscribed to', async () => {
    const redis = connect();
    const { client: subscriber } = redis.open({ kind: 'subscriber' });
    await comesTo(subscriber, 'ready');
    await subscriber.subscribe('news');
    await dropTwice(subscriber);
    const heard: string[] = [];
    subscriber.on('message', (_channel: string, text: string) => heard.push(text));
    await eventually(async () => {
      await redis.client.publish('news', 'after');
      await sleep(50);
      return heard.includes('after');
    }, WITHIN_MS);
  });

  it('is not made again after it was closed', async () => {
    const redis = connect();
    const { client, close } = redis.open({ kind: 'commands' });
    await comesTo(client, 'ready');
    close();
    await comesTo(client, 'end');
    await sleep(300);
    expect(client.status).toBe('end');
  });

  it('does not wait for a Sentinel that is frozen', async () => {
    const [first] = group.sentinels;
    first?.freeze();
    onTestFinished(() => first?.thaw());
    const redis = connect();
    await eventually(() => redis.healthy(), WITHIN_MS);
  });
});
