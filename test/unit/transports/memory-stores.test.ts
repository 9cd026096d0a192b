import { describe, expect, it } from 'vitest';
import { createStreamSlots } from '../../../src/transports/http/stream-slots.ts';
import { createMemoryMessageBus } from '../../../src/transports/mcp/message-bus.ts';
import type { BusMessage } from '../../../src/transports/mcp/message-bus.ts';
import { createMemoryOnceOnly } from '../../../src/transports/mcp/once-only.ts';
import { createMemorySessionStore } from '../../../src/transports/mcp/memory-session-store.ts';
import type { SessionRecord } from '../../../src/transports/mcp/session-store.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const DAY_MS = 86_400_000;
const OVER: BusMessage = { kind: 'over' };
const session = (id: string, subject = 'ada'): SessionRecord => ({ id, issuer: 'https://i.test', subject, leg: 'sse' });

describe('the session store', () => {
  it('keeps what it is given, and what has changed of it', async () => {
    const store = createMemorySessionStore(createManualClock());
    await store.create(session('a'));
    await store.change('a', { noticeLevel: 'error' });
    await store.change('b', { noticeLevel: 'error' });
    expect(await store.find('a')).toEqual({ ...session('a'), noticeLevel: 'error' });
    expect(await store.find('b')).toBeUndefined();
    await store.remove('a');
    expect(await store.find('a')).toBeUndefined();
    await store.close();
  });

  it('forgets a session a day after its last use', async () => {
    const clock = createManualClock();
    const store = createMemorySessionStore(clock);
    await store.create(session('used'));
    await store.create(session('idle'));
    await clock.advance(DAY_MS - 1);
    await store.find('used');
    await clock.advance(1);
    expect(await store.find('used')).toBeDefined();
    expect(await store.find('idle')).toBeUndefined();
    await store.close();
  });

  it('ends the idlest session of a subject to make room for its sixty-fifth', async () => {
    const store = createMemorySessionStore(createManualClock());
    await store.create(session('bob', 'bob'));
    for (let index = 0; index < 64; index += 1) await store.create(session(`s${index}`));
    await store.find('s0');
    await store.create(session('one more'));
    expect(await store.find('s0')).toBeDefined();
    expect(await store.find('s1')).toBeUndefined();
    expect(await store.find('bob')).toBeDefined();
    await store.close();
  });
});

describe('the message bus', () => {
  it('carries in order, to everyone on the channel and no one else, until they leave', async () => {
    const bus = createMemoryMessageBus();
    const heard: string[] = [];
    const leave = await bus.subscribe('a', ({ kind }) => void heard.push(`first ${kind}`));
    await bus.subscribe('a', ({ kind }) => void heard.push(`second ${kind}`));
    await bus.subscribe('b', () => void heard.push('never'));
    await bus.publish('a', OVER);
    leave();
    await bus.publish('a', OVER);
    await bus.publish('nobody', OVER);
    expect(heard).toEqual(['first over', 'second over', 'second over']);
  });

  it('lets a listener leave while it listens', async () => {
    const bus = createMemoryMessageBus();
    let count = 0;
    const leave = await bus.subscribe('a', () => {
      count += 1;
      leave();
    });
    await bus.publish('a', OVER);
    await bus.publish('a', OVER);
    expect(count).toBe(1);
  });
});

describe('once only', () => {
  it('lets a name through once, and forgets it when it cannot come again', async () => {
    const clock = createManualClock();
    const onceOnly = createMemoryOnceOnly(clock);
    expect(await onceOnly.claim('a', 1000)).toBe(true);
    expect(await onceOnly.claim('a', 1000)).toBe(false);
    expect(await onceOnly.claim('b', 1000)).toBe(true);
    await clock.advance(999);
    expect(await onceOnly.claim('a', 1000)).toBe(false);
    await clock.advance(1);
    expect(await onceOnly.claim('a', 1000)).toBe(true);
  });
});

describe('stream slots', () => {
  it('counts by subject, and gives a slot back once', () => {
    const slots = createStreamSlots();
    const releases = Array.from({ length: 16 }, () => slots.take('ada'));
    expect(() => slots.take('ada')).toThrow(expect.objectContaining({ code: 'rate_limited' }));
    slots.take('bob');
    releases[0]?.();
    releases[0]?.();
    slots.take('ada');
    expect(() => slots.take('ada')).toThrow(expect.objectContaining({ code: 'rate_limited' }));
  });
});
