import type { Basics } from './tenancy.ts';
import { createLoopDelay } from '../core/loop-delay.ts';
import { createRecentWaits } from '../core/recent-waits.ts';
import { systemTurns } from '../core/turns.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { AuditStore } from '../storage/stores/audit-store.ts';
import { type CallGate, type GateObserver, createCallGate } from '../transports/http/shedding/call-gate.ts';

/** The share of all calls under way that is kept for those that rescue. */
const RESCUE_SHARE = 1 / 8;

const TELL_EVERY_MS = 5000;
/** A process comes late to what is due long before it is in trouble: so many times the wait that a call may have. */
const TROUBLE = 10;

export type OpenGate = {
  readonly gate: CallGate;
  /** The same audit, whose writing is timed: every call ends with it, so that it tells how late the calls are. */
  timed(audit: AuditStore): AuditStore;
  close(): Promise<void>;
};
export type GateNeeds = Pick<Basics, 'config' | 'clock' | 'log'> & { readonly metrics: Metrics };

/** What this process takes on at a time. */
export function openGate({ config, clock, log, metrics }: GateNeeds): OpenGate {
  const delay = createLoopDelay(clock);
  const writes = createRecentWaits(clock);
  const { maxWaitMs } = config.calls;
  const bounds = { ...config.calls, rescueReserve: Math.ceil(config.calls.inAll * RESCUE_SHARE) };
  let shed = 0;
  const observer: GateObserver = {
    ...metrics.load.calls,
    shed(lane, reason) {
      shed += 1;
      metrics.load.calls.shed(lane, reason);
    },
  };
  const isLate = (): boolean => writes.shortestMs() > maxWaitMs || delay.lastingMs() > TROUBLE * maxWaitMs;
  const gate = createCallGate({ bounds, clock, turns: systemTurns, isLate, observer });
  // One line for many: a line for each would be the load.
  const teller = clock.every(TELL_EVERY_MS, () => {
    if (shed > 0) log.warn({ calls: shed, seconds: TELL_EVERY_MS / 1000 }, 'Calls were refused because of load');
    shed = 0;
  });
  return {
    gate,
    timed: (audit) => ({
      ...audit,
      async append(tenantId, entry) {
        const startedMs = clock.monotonicMs();
        await audit.append(tenantId, entry);
        writes.note(clock.monotonicMs() - startedMs);
      },
    }),
    async close() {
      delay.close();
      teller.cancel();
    },
  };
}
