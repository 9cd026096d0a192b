import type { JSONRPCMessage, JSONRPCRequest } from '@modelcontextprotocol/server';
import type { IdSource } from '../../core/ids.ts';
import { createExchange } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { createMcpServer } from './mcp-server.ts';
import type { MessageBus } from './message-bus.ts';
import type { Offer } from './offer.ts';
import type { Session } from './session-store.ts';
import type { Visit } from './visit.ts';

export type SessionCallParts = { readonly offer: Offer; readonly bus: MessageBus; readonly ids: IdSource };

export type SessionCall = {
  readonly visit: Visit;
  readonly request: JSONRPCRequest;
  /** Absent for a client that keeps no session: it is served all the same, but cannot be asked anything. */
  readonly session?: Session;
  /** Ends the call when the client has gone. */
  readonly signal: AbortSignal;
  /** Takes every message for the client, in order; the answer is the last. */
  readonly emit: (message: JSONRPCMessage) => void;
};

/** Answers one request of a 2025-era client with a server of its own, which is gone with the answer. */
export async function serveSessionCall(parts: SessionCallParts, call: SessionCall): Promise<void> {
  const { visit, request, session, signal, emit } = call;
  const server = createMcpServer(parts.offer, visit);
  const exchange = createExchange({ id: parts.ids.secret(), emit });
  const hangUp = (): void => void server.close();
  await server.connect(exchange.transport);
  signal.addEventListener('abort', hangUp, { once: true });
  const stopListening = listen(parts.bus, { session, exchange, hangUp });
  try {
    signal.throwIfAborted();
    if (session?.introduction !== undefined) await exchange.introduce(session.introduction);
    await exchange.serve(request);
  } finally {
    signal.removeEventListener('abort', hangUp);
    stopListening();
    await server.close();
  }
}

type Listening = {
  readonly session: Session | undefined;
  readonly exchange: Exchange;
  readonly hangUp: () => void;
};

function listen(bus: MessageBus, { session, exchange, hangUp }: Listening): () => void {
  if (session === undefined) return () => {};
  return bus.joinCalls(session.key, (heard) => {
    if (heard.kind === 'message') return exchange.overhear(heard.message);
    if (heard.kind === 'over') hangUp();
    return true;
  });
}
