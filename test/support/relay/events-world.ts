import { createAccountStreamer } from '../../../src/broker/account-streamer/create-account-streamer.ts';
import type { AccountEntry } from '../../../src/broker/model/account-event.ts';
import { accountNumber } from '../../../src/broker/model/symbol.ts';
import type { OpenSocket, Socket } from '../../../src/broker/dxlink/socket.ts';
import type { IdSource } from '../../../src/core/ids.ts';
import { silentLog } from '../../../src/core/log.ts';
import { createPulse } from '../../../src/fleet/pulse.ts';
import { createEventRelay } from '../../../src/relay/account-events/account-events.ts';
import type { EventRelay } from '../../../src/relay/account-events/account-events.ts';
import { createDuties } from '../../../src/relay/duties.ts';
import type { Duties } from '../../../src/relay/duties.ts';
import { memorySockets } from '../dxlink-memory-socket.ts';
import { createManualClock } from '../manual-clock.ts';
import type { ManualClock } from '../manual-clock.ts';
import { silentObserver } from '../upstream.ts';
import { createFleetWorld } from './fleet-world.ts';
import type { FleetWorld, WorldReplica } from './fleet-world.ts';
import { DESK_ACCOUNT, MemoryDesk } from './memory-desk.ts';

export const TENANT = 'tenant';

export type EventsReplica = {
  readonly replica: WorldReplica;
  readonly relay: EventRelay;
  readonly duties: Duties;
  /** Whether its stream is open, as the broker sees it. */
  readonly isStreaming: () => boolean;
  /** Follows the tenant; all that was told so far. */
  follow(): Promise<{ readonly heard: AccountEntry[]; readonly stop: () => void }>;
  /** As SIGKILL: its lines break. */
  kill(): void;
  readonly counts: Record<string, number>;
};

export type EventsWorld = {
  readonly clock: ManualClock;
  readonly fleet: FleetWorld;
  readonly desk: MemoryDesk;
  replica(): EventsReplica;
};

/** Replicas with a broker connection for one tenant each, over a broker in memory, on a clock that is moved. */
export function createEventsWorld(): EventsWorld {
  const clock = createManualClock();
  const fleet = createFleetWorld(clock);
  const desk = new MemoryDesk(clock);
  let count = 0;
  const ids: IdSource = {
    uuid: () => `id-${(count += 1)}`,
    secret: () => `secret-${(count += 1)}`,
    fraction: () => 0.5,
  };
  return { clock, fleet, desk, replica: () => createReplica(fleet.replica(), { desk, ids }) };
}

function createReplica(replica: WorldReplica, { desk, ids }: { desk: MemoryDesk; ids: IdSource }): EventsReplica {
  const { clock, fleet } = replica;
  const lines: Lines = { open: new Set(), isDead: false };
  const counts: Record<string, number> = {};
  const add = (name: string, by: number): void => void (counts[name] = (counts[name] ?? 0) + by);
  const observer = {
    journal: (outcome: string, by: number) => add(outcome, by),
    told: (kind: string) => add(`told ${kind}`, 1),
    reconciled: (outcome: string) => add(`reconciled ${outcome}`, 1),
  };
  const basics = { clock, ids, log: silentLog };
  const relay = createEventRelay({ ...basics, fleet, observer, keepBroker: async () => {} });
  const duties = createDuties({
    ...basics,
    fleet,
    pulse: createPulse(clock),
    observer: { held() {}, alone() {}, handedOver() {} },
  });
  const streamer = createAccountStreamer({
    ...basics,
    url: 'wss://streamer.invalid',
    tokens: { current: async () => 'token', refused: async () => true },
    observer: silentObserver,
    openSocket: heldBack(replica, memorySockets(desk.peer).openSocket, lines),
  });
  relay.attach(TENANT, {
    duty: duties.open(TENANT),
    streamer,
    orders: desk.source(() => new Promise((resolve) => replica.outside(resolve))),
    accounts: async () => [accountNumber(DESK_ACCOUNT)],
  });
  return {
    replica,
    relay,
    duties,
    counts,
    isStreaming: () => lines.open.size > 0,
    async follow() {
      const heard: AccountEntry[] = [];
      const stop = await relay.of(TENANT).follow((entry) => void heard.push(entry));
      return { heard, stop };
    },
    kill() {
      replica.kill();
      lines.isDead = true;
      for (const line of lines.open) line.terminate();
    },
  };
}

type Lines = { readonly open: Set<Socket>; isDead: boolean };

/** What arrives on a line waits while the replica stands still. */
function heldBack(replica: WorldReplica, openSocket: OpenSocket, lines: Lines): OpenSocket {
  return (url, events) => {
    if (lines.isDead) return { send() {}, close() {}, terminate() {} };
    const line = openSocket(url, {
      opened: () => replica.outside(() => events.opened()),
      message: (text) => replica.outside(() => events.message(text)),
      closed(code) {
        lines.open.delete(line);
        replica.outside(() => events.closed(code));
      },
    });
    lines.open.add(line);
    return line;
  };
}
