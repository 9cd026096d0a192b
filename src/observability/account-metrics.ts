import { Counter, Gauge, type Registry } from 'prom-client';

/** The broker's streams of what happens to accounts. */
export function streamerMetrics(registers: Registry[]) {
  const sockets = new Gauge({
    name: 'gateway_account_streamer_sockets',
    help: 'Open sockets that tell what happens to accounts',
    registers,
  });
  const reconnects = new Counter({
    name: 'gateway_account_streamer_reconnects_total',
    help: 'Account stream reconnects',
    registers,
  });
  const messages = new Counter({
    name: 'gateway_account_streamer_messages_total',
    help: 'Messages of account streams by what they were about',
    labelNames: ['kind'],
    registers,
  });
  return {
    streamerSocket(change: 'opened' | 'closed' | 'reconnecting'): void {
      if (change === 'opened') sockets.inc();
      if (change === 'closed') sockets.dec();
      if (change === 'reconnecting') reconnects.inc();
    },
    streamerMessage: (kind: string): void => messages.inc({ kind }),
  };
}

/** What becomes of what they tell. */
export function accountEventMetrics(registry: Registry) {
  const registers = [registry];
  const entries = new Counter({
    name: 'gateway_account_journal_entries_total',
    help: 'Account events that the journal of their tenant took, knew already, or refused from a replica that was replaced',
    labelNames: ['outcome'],
    registers,
  });
  const told = new Counter({
    name: 'gateway_account_events_total',
    help: 'Account events told to listeners, gaps among them',
    labelNames: ['kind'],
    registers,
  });
  const reconciles = new Counter({
    name: 'gateway_account_reconciles_total',
    help: 'Times that orders were read after a gap in an account stream',
    labelNames: ['outcome'],
    registers,
  });
  return {
    journal: (outcome: string, count: number): void => entries.inc({ outcome }, count),
    told: (kind: string): void => told.inc({ kind }),
    reconciled: (outcome: string): void => reconciles.inc({ outcome }),
  };
}
