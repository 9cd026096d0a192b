import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccountEntry } from '../../../../src/broker/model/account-event.ts';
import { createEventsWorld } from '../../../support/relay/events-world.ts';
import type { EventsReplica } from '../../../support/relay/events-world.ts';

type Step =
  | { readonly kind: 'fills'; readonly count: number; readonly apartMs: number; readonly isNew: boolean }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'cut' | 'thaw' | 'down' | 'up' }
  | { readonly kind: 'freeze' | 'away' | 'back'; readonly at: number }
  | { readonly kind: 'kill'; readonly at: 1 | 2 }
  | { readonly kind: 'lag'; readonly ms: number };

const at = fc.nat(2);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('fills' as const),
      count: fc.integer({ min: 1, max: 8 }),
      apartMs: fc.constantFrom(0, 1, 40, 300),
      isNew: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 90, 700, 2500, 6000, 20_000) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('cut' as const, 'thaw' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('down' as const, 'up' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('freeze' as const, 'away' as const, 'back' as const), at }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('kill' as const), at: fc.constantFrom(1 as const, 2 as const) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lag' as const), ms: fc.integer({ min: 0, max: 178 }) }) },
);

const fillsIn = (heard: readonly AccountEntry[]): (string | undefined)[] =>
  heard.flatMap(({ event }) => (event.kind === 'fill' ? [event.fill.id] : []));

/** Plays the steps with three replicas that have listeners each; the first lives to the end, and what it was told is returned. */
async function play(steps: readonly Step[]) {
  const world = createEventsWorld();
  const replicas: EventsReplica[] = [];
  const join = async (): Promise<EventsReplica> => {
    const replica = world.replica();
    void replica.follow();
    return replica;
  };
  const first = world.replica();
  const following = first.follow();
  replicas.push(first, await join(), await join());
  await world.clock.advance(10_000);
  const { heard } = await following;
  let order = world.desk.place();

  const acts: { [Kind in Step['kind']]: (step: Extract<Step, { kind: Kind }>) => Promise<void> | void } = {
    async fills({ count, apartMs, isNew }) {
      if (isNew) order = world.desk.place();
      for (let n = 0; n < count; n += 1) {
        world.desk.fill(order);
        await world.clock.advance(apartMs);
      }
    },
    wait: ({ ms }) => world.clock.advance(ms),
    cut() {
      for (const { line } of world.desk.peer.open) line.terminate();
    },
    freeze: ({ at: one }) => replicas[one]?.replica.freeze(),
    thaw() {
      for (const { replica } of replicas) replica.thaw('arrivals');
    },
    away: ({ at: one }) => replicas[one]?.replica.setAway(true),
    back: ({ at: one }) => replicas[one]?.replica.setAway(false),
    async kill({ at: one }) {
      replicas[one]?.kill();
      replicas[one] = await join();
    },
    down: () => void (world.desk.isDown = true),
    up: () => void (world.desk.isDown = false),
    lag: ({ ms }) => void (world.desk.restLagMs = ms),
  };
  for (const one of steps) await (acts[one.kind] as (step: Step) => Promise<void> | void)(one);
  for (const { replica } of replicas) {
    replica.thaw('timers');
    replica.setAway(false);
  }
  world.desk.isDown = false;
  await world.clock.advance(90_000);
  world.desk.fill(order);
  await world.clock.advance(1000);
  return { told: fillsIn(heard), happened: world.desk.fills, open: world.desk.peer.open.length };
}

describe('fills', () => {
  it('are each told once and in order, however lines, replicas and what they share come and go', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const { told, happened, open } = await play(steps);
        expect(told).toEqual(happened);
        expect(open).toBe(1);
      }),
      { numRuns: Number(process.env['EVENT_WORLDS'] ?? 25) },
    );
  });
});
