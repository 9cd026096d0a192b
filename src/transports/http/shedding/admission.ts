import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../../auth/caller.ts';
import type { Log } from '../../../core/log.ts';
import type { RequestFacts } from '../../../tenancy/open-context.ts';
import type { Registry } from '../../../tools/registry.ts';
import { hangUpSignal } from '../hang-up.ts';
import { requestNote } from '../request-note.ts';
import type { CallGate, Ticket } from './call-gate.ts';
import type { KnownTenants } from './known-tenants.ts';
import { hintedLane, laneOf } from './lanes.ts';
import type { CallLane } from './under-way.ts';

export type AdmissionParts = {
  readonly gate: CallGate;
  readonly registry: Registry;
  readonly tenants: Pick<KnownTenants, 'partyOf'>;
  readonly logOf: (request: FastifyRequest) => Log;
};

/** A request, and who makes it. */
export type Arrival = { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly caller: Caller };

/** Lets requests in to be worked on, each as early as its lane can be told. All of it throws what the gate throws. */
export type Admission = {
  /** Before anything else is done: where nobody's call would be begun, nobody is asked who they are. */
  glance(request: FastifyRequest): void;
  /** Before the body is read. Resolves when the work may begin. */
  admit(arrival: Arrival): Promise<void>;
  /** When the body has been read: it has the last word about the lane. */
  confirm(arrival: Arrival, message: JSONRPCMessage): Promise<void>;
  /** The request's work goes on after its answer has left, until this is settled. */
  holdFor(request: FastifyRequest, work: Promise<unknown>): void;
  /** The work is done, though its answer is a stream that stays open. */
  release(request: FastifyRequest): void;
};

type Held = { ticket: Ticket; readonly work: Promise<unknown>[] };

export function createAdmission({ gate, registry, tenants, logOf }: AdmissionParts): Admission {
  const held = requestNote<Held>('held');

  const enter = async ({ request, reply, caller }: Arrival, lane: CallLane): Promise<void> => {
    const facts = (): RequestFacts => ({ signal: hangUpSignal(reply), log: logOf(request), requestId: request.id });
    const ticket = gate.enter(await tenants.partyOf(caller, facts), lane);
    const entry: Held = { ticket, work: [] };
    held.set(request, entry);
    // An answer that nobody takes counts as long as it is there.
    if (reply.raw.destroyed) ticket.leave();
    else reply.raw.once('close', () => void Promise.allSettled(entry.work).then(() => ticket.leave()));
    await ticket.turn;
  };

  return {
    glance(request) {
      const lane = hintedLane(request, registry);
      if (lane !== undefined) gate.refuseHopeless(lane);
    },
    async admit(arrival) {
      const lane = hintedLane(arrival.request, registry);
      if (lane !== undefined) await enter(arrival, lane);
      // What is not posted opens a stream, which has a slot of its own, or is over at once.
      if (arrival.request.method !== 'POST') held.of(arrival.request)?.ticket.leave();
    },
    async confirm(arrival, message) {
      const lane = laneOf(message, registry);
      const before = held.of(arrival.request)?.ticket;
      if (lane === undefined || (before !== undefined && (before.lane === lane || before.lane !== 'rescue'))) return;
      before?.leave();
      await enter(arrival, lane);
    },
    holdFor: (request, work) => void held.of(request)?.work.push(work),
    release: (request) => held.of(request)?.ticket.leave(),
  };
}

const MCP_ROUTES: ReadonlySet<string | undefined> = new Set(['/mcp', '/sse', '/messages']);

/**
 * Looks at every MCP request before its headers for browsers are made, which would be most of the work for a refusal. A browser
 * could not read the refusal without them: its requests are looked at when they come to their token.
 */
export function registerGlance(app: FastifyInstance, { glance }: Admission): void {
  app.addHook('onRequest', (request, _, done) => {
    if (request.headers.origin !== undefined || !MCP_ROUTES.has(request.routeOptions.url)) return done();
    try {
      glance(request);
      done();
    } catch (shed) {
      done(shed as Error);
    }
  });
}
