import type { Clock } from '../../core/clock.ts';

const KEEP_ALIVE_MS = 15_000;
/** A client that has left this many events unread is not reading. */
const MAX_UNREAD = 1000;

export const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  // Tells nginx and its kin to pass events on as they come.
  'x-accel-buffering': 'no',
} as const;

/** A stream of server-sent events with a heartbeat. */
export type EventStream = {
  readonly body: ReadableStream<Uint8Array>;
  send(event: { readonly name: string; readonly data: string }): void;
  /** Ends the stream for the client as well. */
  end(): void;
};

export type EventStreamParts = {
  readonly clock: Clock;
  /** With every heartbeat. */
  readonly onBeat?: () => void;
  /** Once, whoever ended it. */
  readonly onEnd: () => void;
};

export function createEventStream({ clock, onBeat, onEnd }: EventStreamParts): EventStream {
  const encoder = new TextEncoder();
  const { body, controller } = openBody(() => void finish());
  let isOpen = true;

  function finish(): boolean {
    if (!isOpen) return false;
    isOpen = false;
    heartbeat.cancel();
    onEnd();
    return true;
  }
  function write(text: string): void {
    if (!isOpen) return;
    controller.enqueue(encoder.encode(text));
    if ((controller.desiredSize ?? 0) > 0) return;
    finish();
    controller.error(new Error('The client does not read its stream'));
  }
  const heartbeat = clock.every(KEEP_ALIVE_MS, () => {
    write(': keepalive\n\n');
    onBeat?.();
  });

  // The headers leave with the first byte, and the client waits for them.
  write(': open\n\n');
  return {
    body,
    send: ({ name, data }) => write(`event: ${name}\ndata: ${data}\n\n`),
    end() {
      if (finish()) controller.close();
    },
  };
}

type OpenBody = {
  readonly body: ReadableStream<Uint8Array>;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
};

function openBody(onCancel: () => void): OpenBody {
  const started: ReadableStreamDefaultController<Uint8Array>[] = [];
  const source = { start: (own: (typeof started)[number]) => void started.push(own), cancel: onCancel };
  const body = new ReadableStream<Uint8Array>(source, { highWaterMark: MAX_UNREAD });
  const [controller] = started;
  if (controller === undefined) throw new Error('A stream starts as soon as it is made');
  return { body, controller };
}
