import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { epochMs, systemClock } from '../../../src/core/clock.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { createFleet } from '../../../src/fleet/fleet.ts';
import type { Shelves } from '../../../src/fleet/shelves.ts';
import { createHandleSeal } from '../../../src/transports/mcp/session-handle.ts';
import type { SessionOwner } from '../../../src/transports/mcp/session-handle.ts';
import { createSessionStore } from '../../../src/transports/mcp/session-store.ts';
import type { SessionStore } from '../../../src/transports/mcp/session-store.ts';
import { fleetKinds } from '../../support/two-fleets.ts';
import { redisAway } from '../../support/two-redis.ts';

const DAY_MS = 86_400_000;
const KEY = Buffer.alloc(32, 7);
const INTRODUCTION = {
  protocolVersion: '2025-11-25',
  capabilities: { elicitation: {} },
  clientInfo: { name: 'one', version: '1' },
};

const someone = (leg: SessionOwner['leg'] = 'streamable-http'): SessionOwner => ({
  issuer: 'https://issuer.test',
  subject: randomUUID(),
  leg,
});

const storeOver = (shelves: Shelves, clock: Clock = systemClock): SessionStore =>
  createSessionStore({ shelves, seal: createHandleSeal(KEY, systemIds), clock, ids: systemIds });

const daysOn = (days: number): Clock => ({ ...systemClock, now: () => epochMs(Date.now() + days * DAY_MS) });

describe.each(fleetKinds())('the session store %s', (_kind, create) => {
  const both = (): [SessionStore, SessionStore] => {
    const [one, other] = create();
    return [storeOver(one.shelves), storeOver(other.shelves)];
  };

  it('lets every replica serve a session as soon as it is made, with how its client introduced itself', async () => {
    const [one, other] = both();
    const owner = someone();
    const session = one.create(owner, INTRODUCTION);
    expect(await other.find(session.id, owner)).toEqual(session);
    expect(session.introduction).toEqual(INTRODUCTION);
  });

  it('finds nothing for anybody else, for another leg, and for what is made up: all alike', async () => {
    const [one, other] = both();
    const owner = someone();
    const { id } = one.create(owner, INTRODUCTION);
    const flip = (at: number) => `${id.slice(0, at)}${id[at] === 'A' ? 'B' : 'A'}${id.slice(at + 1)}`;
    const forged = [
      '',
      'x',
      'no-such-session',
      id.slice(1),
      `${id}A`,
      `${id}=`,
      flip(0),
      flip(20),
      flip(id.length - 3),
    ];
    for (const guess of forged) expect(await other.find(guess, owner)).toBeUndefined();
    expect(await other.find(id, { ...owner, subject: 'other' })).toBeUndefined();
    expect(await other.find(id, { ...owner, issuer: 'https://other.test' })).toBeUndefined();
    expect(await other.find(id, { ...owner, leg: 'sse' })).toBeUndefined();
  });

  it('keeps what is noted down, where all see it, whoever notes at the same time', async () => {
    const [one, other] = both();
    const session = one.create(someone());
    await Promise.all(
      Array.from({ length: 8 }, async (_, n) =>
        [one, other][n % 2]?.note(session, (notes) => ({
          ...notes,
          watched: [...(notes.watched ?? []), `test://${n}`],
        })),
      ),
    );
    await one.note(session, (notes) => ({ ...notes, noticeLevel: 'error' }));
    const found = await other.find(session.id, session);
    expect(found?.notes?.noticeLevel).toBe('error');
    expect(found?.notes?.watched?.toSorted()).toEqual(Array.from({ length: 8 }, (_, n) => `test://${n}`));
  });

  it('knows the client that introduced itself within the session', async () => {
    const [one, other] = both();
    const session = one.create(someone('sse'));
    await one.note(session, (notes) => ({ ...notes, introduction: INTRODUCTION }));
    expect((await other.find(session.id, session))?.introduction).toEqual(INTRODUCTION);
  });

  it('ends a session for all, and for good', async () => {
    const [one, other] = both();
    const session = one.create(someone());
    await other.remove(session);
    expect(await one.find(session.id, session)).toBeUndefined();
    await one.note(session, (notes) => ({ ...notes, noticeLevel: 'error' }));
    await one.touch(session);
    expect(await other.find(session.id, session)).toBeUndefined();
  });

  it('does not lose a session when all that is shared is lost', async () => {
    const [one] = both();
    const [, emptied] = [create(), createFleet({ clock: systemClock, ids: systemIds })];
    const owner = someone();
    const session = one.create(owner, INTRODUCTION);
    await one.note(session, (notes) => ({ ...notes, noticeLevel: 'error' }));
    const found = await storeOver(emptied.shelves).find(session.id, owner);
    expect(found?.introduction).toEqual(INTRODUCTION);
    expect(found?.notes).toBeUndefined();
    emptied.close();
  });

  it('lets a session live for thirty days after its last use', async () => {
    const [one, other] = create();
    const at = (days: number) => storeOver(days % 2 === 0 ? one.shelves : other.shelves, daysOn(days));
    const [idle, used] = [at(0).create(someone()), at(0).create(someone())];
    const isThere = async (days: number, session = used) => (await at(days).find(session.id, session)) !== undefined;
    expect(await isThere(29)).toBe(true);
    await at(29).touch(used);
    expect(await isThere(31, idle)).toBe(false);
    expect(await isThere(50)).toBe(true);
    expect(await isThere(120)).toBe(false);
  });

  it('writes the uses of an old session down by itself', async () => {
    const [{ shelves }] = create();
    const session = storeOver(shelves).create(someone());
    for (const days of [10, 20, 30, 45, 60]) {
      expect(await storeOver(shelves, daysOn(days)).find(session.id, session)).toBeDefined();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  it('keeps the notes of the 64 sessions of a subject that were used last, and ends none for it', async () => {
    const [one, other] = both();
    const owner = someone();
    const sessions = Array.from({ length: 65 }, () => one.create(owner, INTRODUCTION));
    const [first, second] = sessions;
    if (first === undefined || second === undefined) throw new Error('There are sessions');
    const note = (session: typeof first) => one.note(session, () => ({ noticeLevel: 'error' }));
    for (const session of sessions.slice(0, -1)) await note(session);
    await other.touch(first);
    await note(sessions.at(-1) ?? first);
    const levelOf = async (session: typeof first) => (await other.find(session.id, owner))?.notes?.noticeLevel;
    expect(await levelOf(first)).toBe('error');
    expect(await other.find(second.id, owner)).toEqual(second);
  });
});

describe('the session store with Redis away', () => {
  it('still serves sessions, with what it knew last; and what cannot be written down is refused', async () => {
    const redis = redisAway();
    const fleet = createFleet({ redis, clock: systemClock, ids: systemIds });
    const store = storeOver(fleet.shelves);
    const owner = someone();
    const session = store.create(owner, INTRODUCTION);
    expect(await store.find(session.id, owner)).toEqual(session);
    expect(await store.find(session.id, { ...owner, subject: 'other' })).toBeUndefined();
    for (const work of [store.note(session, (notes) => notes), store.remove(session)]) {
      await expect(work).rejects.toMatchObject({ code: 'coordination_unavailable' });
    }
    await redis.close();
  });
});
