import { ZERO, absolute, compare, decimal, multiply, sum } from '../../src/core/decimal.ts';
import type { Decimal } from '../../src/core/decimal.ts';
import { LEAVE_MS } from '../../src/orders/ledger/begin-sending.ts';
import { outcomeOf } from '../../src/orders/ledger/intent.ts';
import type { AuditEntry } from '../../src/storage/stores/audit-store.ts';
import type { IntentRow } from '../../src/storage/stores/ledger-store.ts';
import { ASK, MID } from './broker-port.ts';
import type { Held } from './desk.ts';
import { WORLD_START_MS } from './sim.ts';
import type { Side, Sim, Wish } from './sim.ts';

export type Finding = { readonly kind: 'duplicate' | 'lost' | 'wrong'; readonly what: string };

/** From its sending an intent is settled or flagged by then, as long as nothing stands in the way. */
const SETTLED_MS = 60_000;
const MOST_SKEW_MS = 2000;
/** What is in the way earlier than so long after the sending does not hold it up. */
const DECISIVE_MS = 40_000;
/** What a disturbance may cost beyond its own length: a claim that runs out, and a round. */
const AFTER_EFFECT_MS = 9000;
/** A switch holds within a second; one that was read before it turned, until the last byte may leave. */
const STOP_HOLDS_MS = Math.max(1000, LEAVE_MS);

const FINAL = new Set(['accepted', 'rejected', 'settled']);

/** Judges a world by what the broker holds and what callers were told, and the ledger by both. */
export function judgeWorld(sim: Sim, { areContent }: { readonly areContent: boolean }): readonly Finding[] {
  const findings: Finding[] = [];
  const rows = sim.ledger.all();
  const found = (kind: Finding['kind'], what: string): void => {
    findings.push({ kind, what });
    sim.trace?.('judge', () => `${kind}: ${what}`);
  };
  const bench: Bench = { sim, rows, found, held: new Map(sim.desk.book.map((held) => [nameOf(held), held])) };
  countRows(bench);
  if (!areContent) found('lost', 'a caller never had an answer');
  judgeDuplicates(bench);
  judgeLedger(bench);
  judgeBook(bench);
  judgeAnswers(bench);
  judgeDispatches(bench);
  judgeAudit(bench);
  judgeCaps(bench);
  return findings;
}

type Bench = {
  readonly sim: Sim;
  readonly rows: readonly IntentRow[];
  readonly found: (kind: Finding['kind'], what: string) => void;
  /** What the broker holds, by external identifier. */
  readonly held: ReadonlyMap<string, Held>;
};

const nameOf = ({ order }: Held): string => order.externalId ?? '';
const isThere = (held: Held | undefined): boolean => held !== undefined && held.status !== 'Rejected';

function countRows({ sim: { counts, answers }, rows }: Bench): void {
  for (const { settlement, flaggedAt } of rows) {
    if (settlement === 'found') counts.settledFound += 1;
    if (settlement === 'absent') counts.settledAbsent += 1;
    if (settlement === 'answered') counts.settledAnswered += 1;
    if (flaggedAt !== null) counts.flagged += 1;
  }
  for (const { told } of answers) {
    if (told.kind === 'lost') counts.lostCalls += 1;
    else if (told.kind === 'error') counts.refused += 1;
    else if (told.outcome === 'accepted') counts.accepted += 1;
    else if (told.outcome === 'rejected') counts.rejected += 1;
    else counts.unknown += 1;
    if (told.kind === 'result' && told.replayed) counts.replays += 1;
  }
}

function judgeDuplicates({ sim, found }: Bench): void {
  for (const [group, wishes] of Map.groupBy(sim.wishes, (wish) => wish.group)) {
    const dispatches = wishes.reduce((total, wish) => total + wish.dispatches, 0);
    const taken = wishes.reduce((total, wish) => total + wish.taken, 0);
    if (taken > 1) found('duplicate', `the broker took ${group} ${taken} times`);
    if (dispatches > 1) found('duplicate', `${dispatches} requests left for ${group}`);
  }
  const names = sim.desk.dispatches.flatMap(({ posting: { post } }) => ('externalId' in post ? [post.externalId] : []));
  if (new Set(names).size < names.length) found('duplicate', 'two requests left under one external identifier');
}

/** Whether what the row is about came to be at the broker; of a cancel, whether this one did it. */
function isDone(bench: Bench, row: IntentRow): boolean {
  if (row.action !== 'cancel') return isThere(bench.held.get(row.id));
  const target = bench.sim.desk.book.find(({ order }) => order.id === row.targetId);
  return target !== undefined && target.status !== 'Live';
}

function judgeLedger(bench: Bench): void {
  const { sim, rows, found } = bench;
  for (const row of rows) {
    const isFlagged = row.flaggedAt !== null;
    const held = bench.held.get(row.id);
    if (held !== undefined && held.side.tenant.id !== row.tenantId) found('wrong', `${row.id} is with another tenant`);
    if (!FINAL.has(row.state)) {
      if (!isFlagged) found('lost', `${row.id} is ${row.state} at the end`);
      continue;
    }
    const told = outcomeOf(row).kind;
    const done = isDone(bench, row);
    if (told === 'accepted' && !done) found('wrong', `the ledger has ${row.id} as accepted, and it is not there`);
    if (told !== 'accepted' && done && row.action !== 'cancel') {
      found('wrong', `the ledger has ${row.id} as ${told}, and it is there`);
    }
    if (!isFlagged) judgeSpeed(sim, row, found);
  }
}

function judgeSpeed(sim: Sim, row: IntentRow, found: Bench['found']): void {
  if (row.sentAt === null) return;
  const final = sim.ledger.auditEntries(row.tenantId).find((entry) => entry['intent'] === row.id && isConcluded(entry));
  const tookMs = (final?.at ?? Number.POSITIVE_INFINITY) - row.sentAt;
  const from = row.sentAt - WORLD_START_MS;
  const patienceMs = SETTLED_MS + MOST_SKEW_MS + disturbedMs(sim, from + DECISIVE_MS, from + tookMs);
  if (tookMs > patienceMs) found('lost', `${row.id} took ${tookMs} ms to be settled or flagged`);
}

const isConcluded = (entry: AuditEntry): boolean => FINAL.has(String(entry['to'])) || entry['flagged'] === true;

function disturbedMs({ disturbances }: Sim, from: number, until: number): number {
  const lengths = disturbances
    .filter((one) => one.from <= until && one.until >= from)
    .map((one) => Math.min(one.until, until) - Math.max(one.from, from) + AFTER_EFFECT_MS);
  return lengths.reduce((total, ms) => total + ms, 0);
}

/** Every order at the broker is one that was asked for, letter by letter, and the ledger knows it. */
function judgeBook({ sim, rows, found }: Bench): void {
  const ids = new Set(rows.map(({ id }) => id));
  for (const held of sim.desk.book) {
    const { order, side } = held;
    const [leg] = order.legs;
    const wish = sim.wishes.find((each) => each.side === side && isFor(each, held));
    const isBuy = wish?.isOpening === true && !isFollower(held);
    const action = isBuy ? 'Buy to Open' : 'Sell to Close';
    if (wish === undefined || leg?.action !== action || leg.symbol !== 'AAA' || order.account !== side.account) {
      found('wrong', `order ${order.id} was not asked for as it is`);
    }
    const intent = isFollower(held) ? nameOf(held).replace(/-2$/u, '') : nameOf(held);
    if (isThere(held) && !ids.has(intent)) found('lost', `the ledger does not know ${nameOf(held)}`);
  }
}

/** The second of a complex order, which waits for the first. */
const isFollower = ({ order }: Held): boolean =>
  order.complexOrderId !== undefined && order.legs[0]?.action === 'Sell to Close';

function isFor(wish: Wish, held: Held): boolean {
  const { order } = held;
  if (wish.quantity !== order.legs[0]?.quantity) return false;
  if (order.complexOrderId !== undefined) {
    return wish.kind === 'complex' && order.price === (isFollower(held) ? wish.followPrice : wish.price);
  }
  if (priceOf(wish) !== order.price) return false;
  return order.replaces === undefined
    ? wish.kind === 'place'
    : wish.kind === 'replace' && wish.targetId === order.replaces;
}

const priceOf = ({ price, isOpening }: Wish): Decimal | undefined => price ?? (isOpening ? decimal(`-${MID}`) : MID);

function judgeAnswers(bench: Bench): void {
  const rows = new Map(bench.rows.map((row) => [row.id, row]));
  for (const { call, told } of bench.sim.answers) {
    const say = (what: string): void => bench.found('wrong', `call ${call.number} was told ${what}`);
    if (told.kind === 'lost') continue;
    if (told.kind === 'error') {
      if (told.isDefect) say(`of a defect: ${told.code}`);
      if (call.dispatches > 0) say(`${told.code}, and its request had left`);
      continue;
    }
    const row = rows.get(told.externalId);
    if (row === undefined || row.tenantId !== call.wish.side.tenant.id) {
      say(`of ${told.externalId}, which the ledger does not have for its tenant`);
      continue;
    }
    const done = isDone(bench, row);
    if (told.outcome === 'accepted' && !done) say(`that ${row.id} is accepted, and it is not there`);
    const isTaken = row.action === 'cancel' ? call.wish.taken > 0 : done;
    if (told.outcome === 'rejected' && isTaken) say(`that ${row.id} is rejected, and it is there`);
  }
}

function judgeDispatches({ sim, found }: Bench): void {
  for (const { isAnnounced, stoppedMs, posting } of sim.desk.dispatches) {
    const { number } = posting.call;
    if (!isAnnounced) found('wrong', `call ${number} sent before the audit said so`);
    if (stoppedMs > STOP_HOLDS_MS) found('wrong', `call ${number} sent ${stoppedMs} ms after trading was stopped`);
  }
}

/** Each intent's records lead from nothing to the state it is in, without a gap. */
function judgeAudit({ sim, rows, found }: Bench): void {
  for (const row of rows) {
    const entries = sim.ledger.auditEntries(row.tenantId).filter((entry) => entry['intent'] === row.id);
    let state: unknown = null;
    for (const entry of entries) {
      if (entry['from'] !== state)
        found('wrong', `the audit of ${row.id} goes from ${String(entry['from'])}, not ${String(state)}`);
      state = entry['to'];
    }
    if (state !== row.state) found('wrong', `the audit of ${row.id} ends in ${String(state)}, not in ${row.state}`);
  }
}

function judgeCaps(bench: Bench): void {
  for (const side of bench.sim.sides) judgeCapsOf(side, bench);
}

function judgeCapsOf(side: Side, { sim, found }: Bench): void {
  const { ordersPerDay, dailyNotional } = side.tenant.plan;
  const opened = sim.desk.book.filter(
    (held) => held.side === side && isThere(held) && held.order.legs[0]?.action === 'Buy to Open',
  );
  if (opened.length > ordersPerDay) found('wrong', `${side.tenant.id} opened ${opened.length} orders`);
  const values = opened
    .filter(({ replacedBy }) => replacedBy === undefined)
    .map(({ order }) => multiply(order.legs[0]?.quantity ?? ZERO, larger(ASK, absolute(order.price ?? ZERO))));
  if (compare(sum(values), dailyNotional) > 0) found('wrong', `${side.tenant.id} opened ${sum(values)} dollars`);
  // A confirmation is good for one intent.
  const spent = sim.ledger
    .all()
    .flatMap(({ confirmationId, tenantId }) =>
      tenantId === side.tenant.id && confirmationId !== null ? [confirmationId] : [],
    );
  if (new Set(spent).size < spent.length) found('wrong', 'a confirmation was spent twice');
}

const larger = (a: Decimal, b: Decimal): Decimal => (compare(a, b) >= 0 ? a : b);
