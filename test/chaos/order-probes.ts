import { setTimeout as sleep } from 'node:timers/promises';
import { createCaller } from '../support/callers/caller.ts';
import { createMcpClient } from '../support/callers/mcp-client.ts';
import { createRequestLedger, type RequestEntry } from '../support/callers/request-ledger.ts';
import { eventually } from '../support/eventually.ts';
import type { Fleet } from '../support/processes/fleet.ts';
import { createCrew, pick } from './crew.ts';
import { placeOnce, type PlacedOrder } from './place-once.ts';

/** An order that was asked for once, at one replica. */
export type Probe = {
  readonly replica: number;
  readonly entry: RequestEntry;
  readonly isAccepted: boolean;
};

export type OrderProbes = {
  readonly probes: readonly Probe[];
  /** Ends the asking, then asks for the last word on every order, as its client would. */
  end(): Promise<readonly PlacedOrder[]>;
};

const EVERY_MS = 200;
const ASKED_MS = 30_000;
/** Whether it stays normal. */
const AFTER_MS = 2500;
const LAST_WORD_MS = 100_000;

/** At every replica one order after another, each asked for once: what a client is told at each moment. */
export async function startOrderProbes(fleet: Fleet, name: string): Promise<OrderProbes> {
  const crew = await createCrew(fleet, name, fleet.replicas.length);
  const ledger = createRequestLedger(name);
  const probes: Probe[] = [];
  const asked: { readonly clientOrderId: string; readonly at: number; readonly order: PlacedOrder }[] = [];
  const ending = new AbortController();

  const clientAt = (replica: number) => {
    const sailor = pick(crew, replica);
    const url = pick(fleet.replicas, replica).url();
    return {
      sailor,
      client: createMcpClient(createCaller({ url, token: sailor.token, ledger, client: name }), '2026'),
    };
  };

  async function work(replica: number): Promise<void> {
    for (let turn = 0; !ending.signal.aborted; turn += 1) {
      const clientOrderId = `${name}-${replica}-${turn}`;
      const order = await placeOnce({ ...clientAt(replica), clientOrderId, patienceMs: 0 });
      const [entry] = order.entries;
      if (entry !== undefined) probes.push({ replica, entry, isAccepted: order.final === 'accepted' });
      asked.push({ clientOrderId, at: replica, order });
      await sleep(EVERY_MS);
    }
  }

  const working = Promise.all(fleet.replicas.map((_replica, index) => work(index)));
  return {
    probes,
    async end() {
      ending.abort();
      await working;
      const last = asked.map(async ({ clientOrderId, at, order }) =>
        order.final === 'unknown' && order.externalId !== undefined
          ? placeOnce({ ...clientAt(at), clientOrderId, patienceMs: LAST_WORD_MS })
          : order,
      );
      return Promise.all(last);
    },
  };
}

/** Waits `ms`, and longer until every replica has answered an order that was asked for after `since`; half a minute more at most. */
export async function untilAsked(
  fleet: Fleet,
  { probes }: OrderProbes,
  { since, ms }: { readonly since: number; readonly ms: number },
): Promise<void> {
  const asked = (): number =>
    new Set(probes.filter(({ entry }) => entry.sentAt > since).map(({ replica }) => replica)).size;
  await sleep(ms);
  await eventually(() => asked() === fleet.replicas.length, ASKED_MS).catch(() => {});
}

/** Waits until every replica takes orders again after `since`, and a while more; `withinMs` at most. */
export async function untilNormal(
  fleet: Fleet,
  { probes }: OrderProbes,
  { since, withinMs }: { readonly since: number; readonly withinMs: number },
): Promise<void> {
  const areNormal = (): boolean => {
    const normal = normalAfterMs(probes, since);
    return normal.length === fleet.replicas.length && Math.max(...normal) < Infinity;
  };
  // One that never becomes normal is judged by its probes.
  await eventually(areNormal, withinMs).catch(() => {});
  await sleep(AFTER_MS);
}

/**
 * How long after `since` each replica was normal again: from its first accepted order on, nothing but accepted ones. Infinity
 * for one that never was.
 */
export function normalAfterMs(probes: readonly Probe[], since: number): readonly number[] {
  const byReplica = Map.groupBy(probes, ({ replica }) => replica);
  return [...byReplica.values()].map((mine) => {
    const later = mine.filter(({ entry }) => entry.sentAt + entry.ms >= since);
    const lastBad = later.findLastIndex(({ isAccepted }) => !isAccepted);
    const first = later[lastBad + 1];
    return first === undefined ? Number.POSITIVE_INFINITY : first.entry.sentAt + first.entry.ms - since;
  });
}
