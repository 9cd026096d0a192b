import type { Clock } from '../../core/clock.ts';
import type { StreamBytes } from './streams/stream-bytes.ts';

const KEEP_ALIVE_MS = 15_000;

export const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  // Tells nginx and its kin to pass events on as they come.
  'x-accel-buffering': 'no',
} as const;

/** A stream of server-sent events with a heartbeat. A client that does not read it loses it. */
export type EventStream = {
  readonly body: ReadableStream<Uint8Array>;
  send(event: { readonly name: string; readonly data: string }): void;
  /** Ends the stream for the client as well. */
  end(): void;
};

export type EventStreamParts = {
  readonly clock: Clock;
  readonly bytes: StreamBytes;
  /** Ends the connection of a client that does not read. */
  readonly cut: () => void;
  /** With every heartbeat. */
  readonly onBeat?: () => void;
  /** Once, whoever ended it. */
  readonly onEnd: () => void;
};

export function createEventStream({ clock, bytes, cut, onBeat, onEnd }: EventStreamParts): EventStream {
  const encoder = new TextEncoder();
  const bounded = bytes.open({ onGone: () => void finish(), cut });
  let isOpen = true;

  function finish(): boolean {
    if (!isOpen) return false;
    isOpen = false;
    heartbeat.cancel();
    onEnd();
    return true;
  }
  const write = (text: string): void => void (isOpen && bounded.write(encoder.encode(text)));
  const heartbeat = clock.every(KEEP_ALIVE_MS, () => {
    write(': keepalive\n\n');
    onBeat?.();
  });

  // The headers leave with the first byte, and the client waits for them.
  write(': open\n\n');
  return {
    body: bounded.body,
    send: ({ name, data }) => write(`event: ${name}\ndata: ${data}\n\n`),
    end() {
      if (finish()) bounded.end();
    },
  };
}
