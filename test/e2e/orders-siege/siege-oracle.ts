import type { DeskOrder } from '../../support/processes/broker-desk.ts';
import type { Cluster, Member } from '../../support/processes/cluster.ts';
import type { IntentRow } from '../../../src/storage/stores/ledger-store.ts';
import { readStateChanges, type StateChange } from './audit-trail.ts';
import type { SiegeOutcome } from './place-until-final.ts';

/** What a siege came to. Every list of faults is empty when all is well. */
export type Verdict = {
  /** POSTs of orders that the simulator saw, those it was made to swallow included. */
  readonly posts: number;
  readonly atBroker: number;
  /** Intents that were proven never to have left the gateway, by why. */
  readonly notSent: Readonly<Record<string, number>>;
  readonly unknowns: number;
  readonly settledSeconds: { readonly p50: number; readonly max: number };
  readonly flagged: number;
  readonly flaggedThoughFindable: number;
  readonly duplicates: readonly string[];
  readonly lost: readonly string[];
  readonly untrue: readonly string[];
  readonly late: readonly { readonly id: string; readonly words: string }[];
  readonly unaudited: readonly string[];
};

const SETTLE_WITHIN_MS = 60_000;

type TenantFacts = {
  readonly member: Member;
  readonly desk: readonly DeskOrder[];
  readonly rows: readonly IntentRow[];
  readonly changes: readonly StateChange[];
};

/** Compares four witnesses: the simulator's counters and its book, the ledger, the audit, and what the callers were told. */
export async function judgeSiege(
  cluster: Cluster,
  members: readonly Member[],
  outcomes: readonly SiegeOutcome[],
): Promise<Verdict> {
  const { orders: submissions, firstSubmittedAt, requests } = await cluster.desk.counters();
  const facts = await Promise.all(members.map((member) => factsOf(cluster, member)));
  const changes = facts.flatMap((each) => each.changes);
  const sendings = changes.filter(({ to }) => to === 'sending');
  const posts = requests['POST /accounts/:account/orders'] ?? 0;
  const ages = facts.flatMap(agesOf);
  const seconds = ages.flatMap(({ settledMs }) => settledMs ?? []).toSorted((a, b) => a - b);
  const desk = facts.flatMap((each) => each.desk);
  const rows = facts.flatMap((each) => each.rows);
  const deskIds = new Set(desk.map(({ externalId }) => externalId));
  const flagged = rows.filter(({ flaggedAt }) => flaggedAt !== null);
  return {
    posts,
    atBroker: desk.length,
    notSent: notSentBy(rows),
    unknowns: ages.length,
    settledSeconds: { p50: inSeconds(seconds[Math.floor(seconds.length / 2)]), max: inSeconds(seconds.at(-1)) },
    flagged: flagged.length,
    flaggedThoughFindable: flagged.filter(({ id }) => deskIds.has(id)).length,
    duplicates: [
      ...Object.entries(submissions).flatMap(([id, times]) =>
        times === 1 ? [] : [`${id} was submitted ${times} times`],
      ),
      ...(posts > sendings.length ? [`${posts} POSTs for ${sendings.length} sendings`] : []),
      ...facts.flatMap(twice),
    ],
    lost: facts.flatMap((each) => lostIn(each)),
    untrue: outcomes.flatMap((outcome) => untruths(outcome, facts)),
    late: ages.flatMap(({ id, doneMs }) =>
      doneMs !== undefined && doneMs <= SETTLE_WITHIN_MS
        ? []
        : [
            {
              id,
              words: `${id} was ${doneMs === undefined ? 'not settled' : `settled or flagged after ${doneMs} ms`}`,
            },
          ],
    ),
    unaudited: Object.entries(firstSubmittedAt).flatMap(([id, at]) => badRecord(id, at, sendings)),
  };
}

const inSeconds = (ms: number | undefined): number => Math.round((ms ?? 0) / 100) / 10;

async function factsOf(cluster: Cluster, member: Member): Promise<TenantFacts> {
  const [desk, rows, changes] = await Promise.all([
    cluster.desk.orders(member.customer),
    cluster.tenancy.storage.ledger.of(member.id).list({ limit: 100_000 }),
    readStateChanges(cluster, member.id),
  ]);
  // The simulator's residents have a past of their own, without our mark on it.
  return { member, rows, changes, desk: desk.filter(({ externalId }) => externalId !== '') };
}

/** By price, which only the order itself decides, and by external identifier. */
function twice({ desk, member }: TenantFacts): readonly string[] {
  const doubled = (key: 'price' | 'externalId'): readonly string[] =>
    [...Map.groupBy(desk, (order) => order[key])].flatMap(([value, orders]) =>
      orders.length === 1 ? [] : [`${member.name}: ${orders.length} orders of ${key} ${value}`],
    );
  return [...doubled('price'), ...doubled('externalId')];
}

/** Orders at the broker that the ledger does not hold as accepted, or as settled because it was found. A flag is no silence. */
function lostIn({ desk, rows, member }: TenantFacts): readonly string[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return desk.flatMap(({ id, externalId }) => {
    const row = byId.get(externalId);
    const isFound = row?.state === 'settled' && (row.settlement === 'found' || row.settlement === 'answered');
    const isKnown = (row?.state === 'accepted' || isFound) && row?.orderId === id;
    const isFlagged = row?.state === 'unknown' && row.flaggedAt !== null;
    return isKnown || isFlagged
      ? []
      : [`${member.name}: order ${id} is ${row?.state ?? 'nowhere'} ${row?.settlement ?? ''}`];
  });
}

function notSentBy(rows: readonly IntentRow[]): Readonly<Record<string, number>> {
  const whys = rows
    .filter(({ state }) => state === 'rejected')
    .map(({ outcome }) => {
      const { reasons = [] } = JSON.parse(outcome ?? '{}') as {
        readonly reasons?: readonly { readonly message: string }[];
      };
      return reasons[0]?.message ?? 'no reason';
    });
  return tally(whys);
}

/** How often each of these words is there. */
export const tally = (words: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries([...Map.groupBy(words, (word) => word)].map(([word, all]) => [word, all.length]));

type Age = { readonly id: string; readonly settledMs?: number; readonly doneMs?: number };

/** From its sending, for every intent that its sender did not get an answer for. */
function agesOf({ changes }: TenantFacts): readonly Age[] {
  return [...Map.groupBy(changes, ({ intent }) => intent)].flatMap(([id, steps]) => {
    const sent = steps.find(({ to }) => to === 'sending');
    const isDoubtful = steps.some(({ to }) => to === 'unknown' || to === 'settled');
    const isAnswered = steps.some(({ to }) => to === 'accepted' || to === 'rejected');
    if (sent === undefined || (isAnswered && !isDoubtful)) return [];
    const settled = steps.find(({ to }) => to === 'settled');
    const done = steps.find(({ to, flagged }) => to === 'settled' || flagged);
    return [
      {
        id,
        ...(settled === undefined ? {} : { settledMs: settled.at - sent.at }),
        ...(done === undefined ? {} : { doneMs: done.at - sent.at }),
      },
    ];
  });
}

/** What a caller was told that is not so, or that changed afterwards. */
function untruths({ order, tellings, final }: SiegeOutcome, facts: readonly TenantFacts[]): readonly string[] {
  const mine = facts.find(({ member }) => member.id === order.member.id);
  const held = mine?.desk.filter(({ price }) => Number(price) === Number(order.price)) ?? [];
  const say = (what: string): string => `${order.member.name} ${order.clientOrderId}: ${what}`;
  const names = new Set(tellings.flatMap(({ externalId }) => externalId ?? []));
  return [
    ...(final === undefined && order.leavesAfterMs === undefined ? [say('never told what became of it')] : []),
    ...(names.size > 1 ? [say(`told of ${names.size} orders`)] : []),
    ...tellings.flatMap(({ kind, orderId }) => {
      if (kind === 'accepted' && held[0]?.id !== orderId)
        return [say(`told ${orderId}, the broker has ${held[0]?.id}`)];
      return kind === 'rejected' && held.length > 0 ? [say('told that it was not carried out, and it was')] : [];
    }),
  ];
}

/** Exactly one record of its sending, from before it arrived. Both clocks are this machine's. */
function badRecord(id: string, submittedAt: number, sendings: readonly StateChange[]): readonly string[] {
  const records = sendings.filter(({ intent }) => intent === id);
  const [record] = records;
  if (record === undefined || records.length > 1) return [`${id} has ${records.length} records of its sending`];
  return record.at <= submittedAt ? [] : [`${id} was recorded ${record.at - submittedAt} ms after it had arrived`];
}
