import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import type { Fleet } from '../../support/processes/fleet.ts';
import { createCrew, pick } from '../crew.ts';
import { judge } from '../judge.ts';
import { type QuoteWatcher, type SeenQuote, WATCHED, createWatchers, lookAtQuote, metricOf } from '../quote-watch.ts';
import type { Scenario } from '../scenario.ts';

const FACTOR = 1.3;
/** By then another has the socket, and the market moves: whatever the frozen one still has is another price. */
const MOVE_AFTER_MS = 5000;
const AFTERWARDS_MS = 3000;
const ASK_EVERY_MS = 1000;
const REUNITED_MS = 2000;

type Judged = {
  readonly stale: readonly SeenQuote[];
  readonly seen: number;
  readonly tenants: number;
  readonly reunitedMs: number;
};

export const ownerFrozen: Scenario = Object.freeze({
  number: '4c',
  title: 'The owner of most sockets is frozen for 6 to 10 s (SIGSTOP) and resumed, while the market moves',
  expected: '0 stale-epoch values delivered by it; one socket for each tenant again within 2 s',
  async run(fleet, { short, say, withinMs }) {
    const crew = await createCrew(fleet, 'frozen', short ? 4 : 20);
    const watchers = createWatchers(fleet, crew, 'frozen');
    await settle(watchers);
    const rounds: Judged[] = [];
    for (let round = 0; round < (short ? 1 : 4); round += 1) {
      rounds.push(await freezeOwner(fleet, watchers, { forMs: 6000 + round * 1300, isUp: round % 2 === 0 }));
      const { seen, tenants, stale } = rounds[round] as Judged;
      say(
        `freeze ${round + 1}: owner for ${tenants} tenants, ${seen} quotes from it afterwards, ${stale.length} stale`,
      );
    }
    const stale = rounds.flatMap((each) => each.stale);
    const seen = rounds.reduce((total, each) => total + each.seen, 0);
    return judge(
      [
        { what: `stale of ${seen} quotes delivered by resumed owners`, value: stale.length, most: 0 },
        { what: 'quotes', value: seen, least: rounds.length * crew.length },
        {
          what: 'tenants whose owner was frozen',
          value: rounds.reduce((sum, each) => sum + each.tenants, 0),
          least: 1,
        },
        {
          what: 'ms to one socket each',
          value: Math.max(...rounds.map((each) => each.reunitedMs)),
          most: withinMs(REUNITED_MS),
        },
      ],
      { rounds: rounds.length, tenants: crew.length, factor: FACTOR, stale: stale.slice(0, 10) },
    );
  },
} satisfies Scenario);

async function settle(watchers: readonly QuoteWatcher[]): Promise<void> {
  await eventually(
    async () => (await Promise.all(watchers.map(lookAtQuote))).every((seen) => seen !== undefined),
    60_000,
  );
}

type Freeze = { readonly forMs: number; readonly isUp: boolean };

/** Its clients ask it before, during and after: what it answers once it goes on is what counts. */
async function freezeOwner(fleet: Fleet, watchers: readonly QuoteWatcher[], { forMs, isUp }: Freeze): Promise<Judged> {
  const duties = await Promise.all(fleet.replicas.map((each) => metricOf(each.url(), 'gateway_relay_duties')));
  const owner = duties.indexOf(Math.max(...duties));
  const mine = watchers.filter(({ replica }) => replica === owner);
  const before = await lookAtQuote(pick(mine, 0));
  if (before === undefined) throw new Error('No quote before the freeze');
  const frozen = pick(fleet.replicas, owner).freeze(forMs);
  const asked: Promise<SeenQuote | undefined>[] = [];
  const endsAt = performance.now() + forMs + AFTERWARDS_MS;
  const moving = sleep(MOVE_AFTER_MS).then(() => fleet.desk.moveMarket(WATCHED, isUp ? FACTOR : 1 / FACTOR));
  let resumedAt = Infinity;
  const reunited = frozen.then(async () => {
    resumedAt = performance.now();
    await oneSocketEach(fleet);
    return performance.now() - resumedAt;
  });
  while (performance.now() < endsAt) {
    asked.push(...mine.map(lookAtQuote));
    await sleep(ASK_EVERY_MS);
  }
  await moving;
  const reunitedMs = await reunited;
  const seen = (await Promise.all(asked)).filter((quote) => quote !== undefined);
  const afterwards = seen.filter(({ endedAt }) => endedAt >= resumedAt);
  const boundary = before.bid * (isUp ? Math.sqrt(FACTOR) : 1 / Math.sqrt(FACTOR));
  const stale = afterwards.filter(({ bid }) => (isUp ? bid < boundary : bid > boundary));
  return { stale, seen: afterwards.length, tenants: Math.max(...duties), reunitedMs };
}

async function oneSocketEach(fleet: Fleet): Promise<void> {
  await eventually(async () => {
    const { sockets } = await fleet.desk.counters();
    return Object.values(sockets.dxlink).every((open) => open <= 1);
  }, 20_000);
}
