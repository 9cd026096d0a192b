import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import { isAnswer } from '../mcp/json-rpc.ts';
import type { Edge } from './edge.ts';
import { EVENT_STREAM_HEADERS, createEventStream } from './event-stream.ts';
import type { EventStream } from './event-stream.ts';

/** The response to one request: plain JSON if the answer comes first, a stream if something comes before it. */
export type Answer = {
  readonly response: Promise<Response>;
  emit(message: JSONRPCMessage): void;
  /** Nothing more will be emitted. `fault` says why, where there should have been more. */
  end(fault?: unknown): void;
};

export function createAnswer({ clock, bytes }: Pick<Edge, 'clock' | 'bytes'>, cut: () => void): Answer {
  const opened = Promise.withResolvers<Response>();
  let stream: EventStream | undefined;

  const openStream = (): EventStream => {
    const started = createEventStream({ clock, bytes, cut, onEnd: () => {} });
    opened.resolve(new Response(started.body, { headers: EVENT_STREAM_HEADERS }));
    return started;
  };
  return {
    response: opened.promise,
    emit(message) {
      if (stream === undefined && isAnswer(message)) return opened.resolve(Response.json(message));
      stream ??= openStream();
      stream.send({ name: 'message', data: JSON.stringify(message) });
      if (isAnswer(message)) stream.end();
    },
    end(fault = new DOMException('The call ended without an answer', 'AbortError')) {
      stream?.end();
      opened.reject(fault);
    },
  };
}
