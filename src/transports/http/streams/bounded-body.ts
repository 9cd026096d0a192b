/** A body that is written as things come to pass. What has not been read waits in it, up to a bound. */
export type BoundedBody = {
  readonly body: ReadableStream<Uint8Array>;
  /** False when it cannot be written to any more: its reader has gone, or was given up for not reading. */
  write(bytes: Uint8Array): boolean;
  /** Ends it when all has been read. */
  end(): void;
  /** Ends it at once, as broken. */
  fail(reason: Error): void;
};

export type BodyBounds = {
  /** Whether `more` bytes may be added to those that are unread. What is refused breaks the body. */
  readonly hasRoom: (unread: number, more: number) => boolean;
  /** By how many bytes more, or fewer, are unread. */
  readonly onChange: (bytes: number) => void;
  readonly onOverflow: () => void;
  /** Once, when nothing can be written any more because of the reader. */
  readonly onGone: () => void;
};

/** Whoever reads holds one piece at a time beyond the bound, so a piece is small. */
const PIECE = 16 * 1024;

export function createBoundedBody({ hasRoom, onChange, onOverflow, onGone }: BodyBounds): BoundedBody {
  const unread = createUnread(onChange);
  let isAwaited = false;
  let state: 'open' | 'ending' | 'over' = 'open';

  const { body, controller } = openBody({
    pull() {
      const next = unread.shift();
      if (next !== undefined) controller.enqueue(next);
      else if (state === 'ending') close();
      else isAwaited = true;
    },
    cancel() {
      const wasOpen = state === 'open';
      state = 'over';
      unread.clear();
      if (wasOpen) onGone();
    },
  });
  const close = (): void => {
    state = 'over';
    controller.close();
  };
  const fail = (reason: Error): void => {
    if (state === 'over') return;
    state = 'over';
    unread.clear();
    controller.error(reason);
  };
  const add = (piece: Uint8Array): void => {
    if (isAwaited) controller.enqueue(piece);
    else unread.push(piece);
    isAwaited = false;
  };
  const giveUp = (): false => {
    onOverflow();
    fail(new Error('The client does not read its stream'));
    onGone();
    return false;
  };
  return {
    body,
    write(bytes) {
      if (state !== 'open') return false;
      if (!hasRoom(unread.bytes(), bytes.byteLength)) return giveUp();
      for (let at = 0; at < bytes.byteLength; at += PIECE) add(bytes.subarray(at, at + PIECE));
      return true;
    },
    end() {
      if (state !== 'open') return;
      state = 'ending';
      if (isAwaited) close();
    },
    fail,
  };
}

function createUnread(onChange: (bytes: number) => void) {
  const pieces: Uint8Array[] = [];
  let total = 0;
  const change = (bytes: number): void => {
    if (bytes === 0) return;
    total += bytes;
    onChange(bytes);
  };
  return {
    bytes: () => total,
    push(piece: Uint8Array): void {
      pieces.push(piece);
      change(piece.byteLength);
    },
    shift(): Uint8Array | undefined {
      const piece = pieces.shift();
      change(-(piece?.byteLength ?? 0));
      return piece;
    },
    clear(): void {
      pieces.length = 0;
      change(-total);
    },
  };
}

type Source = { readonly pull: () => void; readonly cancel: () => void };
type OpenBody = {
  readonly body: ReadableStream<Uint8Array>;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
};

function openBody(source: Source): OpenBody {
  const started: ReadableStreamDefaultController<Uint8Array>[] = [];
  const start = (own: (typeof started)[number]): void => void started.push(own);
  const body = new ReadableStream<Uint8Array>({ start, ...source }, { highWaterMark: 0 });
  const [controller] = started;
  if (controller === undefined) throw new Error('A stream starts as soon as it is made');
  return { body, controller };
}
