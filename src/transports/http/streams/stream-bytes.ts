import { type BoundedBody, createBoundedBody } from './bounded-body.ts';

/** With what Node holds of a connection beyond it, a client that does not read costs less than 256 KB. */
const PER_STREAM = 160 * 1024;
const IN_ALL = 64 * 1024 * 1024;

export type StreamObserver = {
  /** Bytes that clients have not read, over all streams, whenever that changes. */
  unread(bytes: number): void;
  /** A stream was ended because its client does not read: too much was left, or nothing taken for too long. */
  stalled(by: 'bytes' | 'time'): void;
};

export type StreamEnd = {
  /** Once, when nothing can be written any more because of the client. */
  readonly onGone: () => void;
  /** Ends the connection. To break the body is not enough: whoever writes it to a full connection waits, and does not look. */
  readonly cut: () => void;
};

/** What clients of all streams have left unread is bounded for each and in all. */
export type StreamBytes = {
  open(end: StreamEnd): BoundedBody;
};

export function createStreamBytes(observer: StreamObserver): StreamBytes {
  let total = 0;
  return {
    open: ({ onGone, cut }) =>
      createBoundedBody({
        hasRoom: (unread, more) => unread === 0 || (unread + more <= PER_STREAM && total + more <= IN_ALL),
        onChange(change) {
          total += change;
          observer.unread(total);
        },
        onOverflow() {
          observer.stalled('bytes');
          cut();
        },
        onGone,
      }),
  };
}
