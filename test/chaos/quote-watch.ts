import { setTimeout as sleep } from 'node:timers/promises';
import { createCaller } from '../support/callers/caller.ts';
import { type CallReply, createMcpClient, type McpClient } from '../support/callers/mcp-client.ts';
import { createRequestLedger } from '../support/callers/request-ledger.ts';
import type { Fleet } from '../support/processes/fleet.ts';
import type { Sailor } from './crew.ts';

/** One tenant's client at one replica, past the proxy: it knows who answers. */
export type QuoteWatcher = { readonly sailor: Sailor; readonly replica: number; readonly client: McpClient };

/** A quote as it was answered. Times are of this process's monotonic clock; what it was received at lies between the two. */
export type SeenQuote = {
  readonly replica: number;
  readonly customer: string;
  readonly bid: number;
  readonly sentAt: number;
  readonly endedAt: number;
  readonly receivedFrom: number;
  readonly receivedTo: number;
};

/** It trades all the time. */
export const WATCHED = 'SPY';

const AGAIN_MS = 150;
const QUOTE_SECONDS = 6;
const PATIENCE_MS = 20_000;

export function createWatchers(fleet: Fleet, crew: readonly Sailor[], name: string): readonly QuoteWatcher[] {
  const ledger = createRequestLedger(name);
  return crew.flatMap((sailor) =>
    fleet.replicas.map((replica, index) => {
      const client = `${name}-${sailor.customer}-${index}`;
      const caller = createCaller({ url: replica.url(), token: sailor.token, ledger, client, timeoutMs: PATIENCE_MS });
      return { sailor, replica: index, client: createMcpClient(caller, '2026') };
    }),
  );
}

/** One quote, waited for; undefined when none came. */
export async function lookAtQuote({ sailor, replica, client }: QuoteWatcher): Promise<SeenQuote | undefined> {
  const args = { instruments: [{ symbol: WATCHED }], timeout: QUOTE_SECONDS };
  const { entry, reply } = await client.call('get_quotes', args);
  const { bid, ageMs } = rowOf(reply);
  if (!Number.isFinite(bid) || !Number.isFinite(ageMs)) return undefined;
  const [sentAt, endedAt] = [entry.sentAt, entry.sentAt + entry.ms];
  const received = { receivedFrom: sentAt - ageMs, receivedTo: endedAt - ageMs };
  return { replica, customer: sailor.customer, bid, sentAt, endedAt, ...received };
}

function rowOf(reply: CallReply['reply']): { readonly bid: number; readonly ageMs: number } {
  const quotes: unknown = reply?.data['quotes'];
  const [row] = Array.isArray(quotes) ? (quotes as Record<string, unknown>[]) : [];
  return { bid: Number(row?.['bid']), ageMs: Number(row?.['age_ms']) };
}

/** How long after `sinceMs` each had a quote that was received after it, surely; NaN for one that had none in time. */
export function freshAfterMs(watchers: readonly QuoteWatcher[], sinceMs: number, giveUpMs: number): Promise<number[]> {
  return Promise.all(
    watchers.map(async (watcher) => {
      while (performance.now() - sinceMs < giveUpMs) {
        const seen = await lookAtQuote(watcher);
        if (seen !== undefined && seen.receivedFrom > sinceMs) return performance.now() - sinceMs;
        await sleep(AGAIN_MS);
      }
      return Number.NaN;
    }),
  );
}

/** A gauge or counter of one replica, without labels; 0 when it says nothing. */
export async function metricOf(url: string, name: string): Promise<number> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(10_000) });
  const line = (await response.text()).split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.split(' ')[1] ?? 0);
}
