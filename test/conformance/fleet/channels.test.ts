import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import type { Channels } from '../../../src/fleet/channels.ts';
import { createMemoryChannels } from '../../../src/fleet/memory-channels.ts';
import { createRedisChannels } from '../../../src/fleet/redis-channels.ts';
import { redisAway, twoOnCluster, twoOnOwnRedis } from '../../support/two-redis.ts';

const redis = twoOnOwnRedis();
const cluster = twoOnCluster();

const implementations: [string, () => readonly [Channels, Channels]][] = [
  [
    'in process',
    () => {
      const channels = createMemoryChannels();
      return [channels, channels];
    },
  ],
  [
    'on Redis',
    () => {
      const [a, b] = redis();
      return [createRedisChannels(a), createRedisChannels(b)];
    },
  ],
  [
    'on a cluster',
    () => {
      const [a, b] = cluster();
      return [createRedisChannels(a), createRedisChannels(b)];
    },
  ],
];

const fresh = () => ({ kind: 'feed', owner: randomUUID() });

describe.each(implementations)('channels %s', (_name, create) => {
  it('carry everything published after a subscription, in order, to every listener', async () => {
    const [one, other] = create();
    const name = fresh();
    const heard: [string[], string[]] = [[], []];
    await one.subscribe(name, { message: (text) => heard[0].push(text) });
    await other.subscribe(name, { message: (text) => heard[1].push(text) });
    const sent = Array.from({ length: 200 }, (_, n) => `${n} {"text": "é\\n"}`);
    await Promise.all(sent.map((text) => one.publish(name, text)));
    await vi.waitFor(() => expect(heard).toEqual([sent, sent]));
  });

  it('tell how many heard a message', async () => {
    const [one, other] = create();
    const name = fresh();
    expect(await one.publish(name, 'nobody')).toBe(0);
    await one.subscribe(name, { message: () => {} });
    expect(await other.publish(name, 'one')).toBe(1);
    await other.subscribe(name, { message: () => {} });
    expect(await one.publish(name, 'both')).toBe(2);
  });

  it('keep kinds and owners apart, whatever their names hold', async () => {
    const [one, other] = create();
    const heard: string[] = [];
    const { owner } = fresh();
    await one.subscribe({ kind: 'feed', owner }, { message: (text) => heard.push(text) });
    await other.publish({ kind: 'calls', owner }, 'another kind');
    await other.publish({ kind: 'feed', owner: `${owner}}:feed` }, 'another owner');
    await other.publish({ kind: 'feed', owner }, 'mine');
    await vi.waitFor(() => expect(heard).toEqual(['mine']));
  });

  it('are silent for whoever has left, and go on for the others', async () => {
    const [one, other] = create();
    const name = fresh();
    const [stayed, gone]: [string[], string[]] = [[], []];
    await one.subscribe(name, { message: (text) => stayed.push(text) });
    const leave = await one.subscribe(name, { message: (text) => gone.push(text) });
    leave();
    leave();
    await other.publish(name, 'after');
    await vi.waitFor(() => expect(stayed).toEqual(['after']));
    expect(gone).toEqual([]);
  });
});

describe('channels on Redis', () => {
  it('tell their listeners of a gap, and go on', async () => {
    const [connection, other] = redis();
    const name = fresh();
    const heard: string[] = [];
    let gaps = 0;
    await createRedisChannels(connection).subscribe(name, {
      message: (text) => heard.push(text),
      gap: () => (gaps += 1),
    });
    await other.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await vi.waitFor(() => expect(gaps).toBe(1));
    await vi.waitFor(async () => {
      await createRedisChannels(other).publish(name, 'again');
      expect(heard).toContain('again');
    });
  });

  it('outlive a message that a listener does not understand, and tell it to the others', async () => {
    const [connection, other] = redis();
    const name = fresh();
    const heard: string[] = [];
    await createRedisChannels(connection).subscribe(name, {
      message: (text) => void (JSON.parse(text) as unknown),
    });
    await createRedisChannels(connection).subscribe(name, { message: (text) => heard.push(text) });
    await createRedisChannels(other).publish(name, 'no JSON');
    await createRedisChannels(other).publish(name, '{}');
    await vi.waitFor(() => expect(heard).toEqual(['no JSON', '{}']), { timeout: 5000 });
  });

  it('say that they cannot be reached', async () => {
    const away = redisAway();
    await expect(createRedisChannels(away).publish(fresh(), 'x')).rejects.toMatchObject({
      code: 'coordination_unavailable',
    });
    await away.close();
  });
});
