import type { Readable, Writable } from 'node:stream';
import type { LoggingLevel } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio as serveBothEras } from '@modelcontextprotocol/server/stdio';
import type { Caller } from '../auth/caller.ts';
import type { IdSource } from '../core/ids.ts';
import type { Log } from '../core/log.ts';
import { quoted } from '../core/quoted.ts';
import type { OpenContext } from '../tenancy/open-context.ts';
import { createMcpServer } from './mcp/mcp-server.ts';
import type { Offer } from './mcp/offer.ts';
import type { Visit } from './mcp/visit.ts';

const MAX_BUFFER = 1_048_576;

export type StdioParts = {
  readonly offer: Offer;
  /** The person who started the process: nobody else can be at the other end. */
  readonly caller: Caller;
  readonly openContext: OpenContext;
  readonly input: Readable;
  /** Carries the protocol and nothing else. */
  readonly output: Writable;
  readonly ids: IdSource;
  readonly log: Log;
  /** Once, when the client has gone. */
  readonly onEnd: () => void;
};

/** Serves one client of either era over a pair of streams, until it closes its end. */
export function serveStdio(parts: StdioParts): { close(): Promise<void> } {
  const { offer, input, output, log, onEnd } = parts;
  const transport = new StdioServerTransport(input, output, { maxBufferSize: MAX_BUFFER });
  input.once('end', onEnd);
  return serveBothEras(() => createMcpServer(offer, openVisit(parts)), {
    transport,
    onerror: (error) => log.debug({ fault: quoted(error.message) }, 'MCP connection faulted'),
  });
}

function openVisit({ caller, openContext, ids, log }: StdioParts): Visit {
  let noticeLevel: LoggingLevel | undefined;
  return {
    caller,
    context: async (signal) => {
      const requestId = ids.uuid();
      return openContext(caller, { signal, log: log.with({ requestId }), requestId });
    },
    noticeLevel: () => noticeLevel,
    async setNoticeLevel(level) {
      noticeLevel = level;
    },
  };
}
