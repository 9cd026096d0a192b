import type { Readable, Writable } from 'node:stream';
import type { LoggingLevel } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio as serveBothEras } from '@modelcontextprotocol/server/stdio';
import type { Caller } from '../auth/caller.ts';
import type { Clock } from '../core/clock.ts';
import type { IdSource } from '../core/ids.ts';
import type { Log } from '../core/log.ts';
import { quoted } from '../core/quoted.ts';
import type { OpenContext } from '../tenancy/open-context.ts';
import { createMcpServer } from './mcp/mcp-server.ts';
import type { Offer } from './mcp/offer.ts';
import { checkResource } from './mcp/resources.ts';
import type { Visit, WatchedList } from './mcp/visit.ts';
import { watchResources } from './mcp/watch-resources.ts';
import { createWatchSlots } from './mcp/watch-slots.ts';
import { type StdioWatch, createStdioWatch } from './stdio-watch.ts';

const MAX_BUFFER = 1_048_576;

export type StdioParts = {
  readonly offer: Offer;
  /** The person who started the process: nobody else can be at the other end. */
  readonly caller: Caller;
  readonly openContext: OpenContext;
  readonly input: Readable;
  /** Carries the protocol and nothing else. */
  readonly output: Writable;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  /** Once, when the client has gone. */
  readonly onEnd: () => void;
};

/** Serves one client of either era over a pair of streams, until it closes its end. */
export function serveStdio(parts: StdioParts): { close(): Promise<void> } {
  const { offer, input, output, log, onEnd } = parts;
  const life = new AbortController();
  const watch = openWatch(parts, life.signal);
  const transport = new StdioServerTransport(input, output, { maxBufferSize: MAX_BUFFER });
  input.once('end', onEnd);
  const serving = serveBothEras(
    () => {
      const server = createMcpServer(offer, openVisit(parts, watch.watched));
      watch.tellThrough(server);
      return server;
    },
    {
      transport: watch.over(transport),
      onerror: (error) => log.debug({ fault: quoted(error.message) }, 'MCP connection faulted'),
    },
  );
  return {
    async close() {
      life.abort();
      watch.close();
      await serving.close();
    },
  };
}

function openVisit(parts: StdioParts, watched?: WatchedList): Visit {
  let noticeLevel: LoggingLevel | undefined;
  return {
    caller: parts.caller,
    context: (signal) => contextOf(parts, signal),
    noticeLevel: () => noticeLevel,
    async setNoticeLevel(level) {
      noticeLevel = level;
    },
    ...(watched === undefined ? {} : { watched }),
  };
}

async function contextOf({ caller, openContext, ids, log }: StdioParts, signal: AbortSignal) {
  const requestId = ids.uuid();
  return openContext(caller, { signal, log: log.with({ requestId }), requestId });
}

function openWatch(parts: StdioParts, signal: AbortSignal): StdioWatch {
  const { offer, caller, clock, log } = parts;
  const visit = openVisit(parts);
  return createStdioWatch({
    isThere: async (uri) => (await checkResource(uri, { offer, visit, signal })) === 'there',
    openWatch: (onUpdate) =>
      watchResources({
        registry: offer.registry,
        caller,
        openContext: (ended) => contextOf(parts, ended),
        slots: createWatchSlots(),
        clock,
        log,
        onUpdate,
        onRefused: () => {},
      }),
  });
}
