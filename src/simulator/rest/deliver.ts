import type { FastifyReply } from 'fastify';
import type { Clock, Timer } from '../../core/clock.ts';
import type { Fault } from '../faults/fault-rules.ts';
import { nginxPage } from './nginx-page.ts';
import type { WireAnswer } from './answer-request.ts';

/** Brings an answer to its client, or does not, as the fault of the call wills it. */
export type Deliver = (
  reply: FastifyReply,
  answer: () => WireAnswer,
  fault: Fault | undefined,
) => Promise<FastifyReply>;

export type Delivery = { readonly deliver: Deliver; cancelPending(): void };

export function createDelivery(clock: Clock): Delivery {
  const late = new Set<Timer>();

  /** The call reaches the desk later; its client hears nothing of it. */
  function answerLate(
    reply: FastifyReply,
    answer: () => WireAnswer,
    { afterMs, client }: Extract<Fault, { kind: 'accept-late' }>,
  ): FastifyReply {
    const timer = clock.after(afterMs, () => {
      late.delete(timer);
      answer();
    });
    late.add(timer);
    return client === 'cut' ? cut(reply) : reply.hijack();
  }

  async function deliver(
    reply: FastifyReply,
    answer: () => WireAnswer,
    fault: Fault | undefined,
  ): Promise<FastifyReply> {
    switch (fault?.kind) {
      case undefined:
        return send(reply, answer());
      case 'latency':
        await clock.sleep(fault.ms);
        return send(reply, answer());
      case 'status':
        return send(reply, { status: fault.status, body: bodyOf(fault.status, fault.body) });
      case 'reset':
        return cut(reply);
      case 'hang':
        return reply.hijack();
      case 'accept-then-drop':
        answer();
        return cut(reply);
      case 'accept-then-status':
        answer();
        return send(reply, { status: fault.status, body: bodyOf(fault.status, fault.body) });
      case 'accept-late':
        return answerLate(reply, answer, fault);
      case 'garbage':
        return sendRaw(reply, answer().status, '{"data":{"items":[{"symbol":"SP');
      case 'oversized':
        return sendRaw(reply, answer().status, JSON.stringify({ data: 'x'.repeat(fault.bytes) }));
    }
  }

  return {
    deliver,
    cancelPending() {
      for (const timer of late) timer.cancel();
      late.clear();
    },
  };
}

function bodyOf(status: number, body: unknown): WireAnswer['body'] {
  if (typeof body === 'string') return body;
  return typeof body === 'object' && body !== null ? { ...body } : nginxPage(status);
}

export function send(reply: FastifyReply, { status, body }: WireAnswer): FastifyReply {
  if (typeof body === 'string') return reply.code(status).type('text/html').send(body);
  return sendRaw(reply, status, JSON.stringify(body));
}

const sendRaw = (reply: FastifyReply, status: number, text: string): FastifyReply =>
  reply.code(status).type('application/json').send(text);

/** The connection is reset under the client. */
function cut(reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.socket?.resetAndDestroy();
  return reply;
}
