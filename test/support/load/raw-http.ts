import { type Socket, connect } from 'node:net';

export type RawReply = {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type RawRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** Keep-alive connections of a client that costs little: one request at a time on each, and no request is ever repeated. */
export type RawHttp = {
  /** Rejects when the connection was lost, or no whole answer came in time. */
  send(request: RawRequest): Promise<RawReply>;
  close(): void;
};

export type RawHttpOptions = {
  /** `http://127.0.0.1:8000`. */
  readonly url: string;
  /** Requests beyond these wait for a free one. 512 unless told. */
  readonly maxConnections?: number;
  /** 10,000 unless told. */
  readonly timeoutMs?: number;
};

type Waiting = {
  readonly bytes: string;
  resolve(reply: RawReply): void;
  reject(reason: Error): void;
  timer?: NodeJS.Timeout;
};

export function createRawHttp({ url, maxConnections = 512, timeoutMs = 10_000 }: RawHttpOptions): RawHttp {
  const { hostname, port, host } = new URL(url);
  const idle: Lane[] = [];
  const lanes = new Set<Lane>();
  const queue: Waiting[] = [];

  const openLane = (): Lane => {
    const lane = createLane(connect({ host: hostname, port: Number(port), noDelay: true }), {
      onIdle: () => void (next(lane) || idle.push(lane)),
      onGone: () => {
        lanes.delete(lane);
        const at = idle.indexOf(lane);
        if (at >= 0) idle.splice(at, 1);
        if (queue.length > 0) next(openLane());
      },
    });
    lanes.add(lane);
    return lane;
  };
  const next = (lane: Lane): boolean => {
    const waiting = queue.shift();
    if (waiting === undefined) return false;
    lane.start(waiting);
    return true;
  };

  return {
    send({ method, path, headers, body = '' }) {
      const lines = Object.entries({ host, ...headers, 'content-length': String(Buffer.byteLength(body)) });
      const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      const bytes = `${method} ${path} HTTP/1.1\r\n${head}\r\n${body}`;
      return new Promise((resolve, reject) => {
        const waiting: Waiting = { bytes, resolve, reject };
        // The first bytes of a lane's queue leave when it is connected.
        waiting.timer = setTimeout(() => {
          const at = queue.indexOf(waiting);
          if (at >= 0) queue.splice(at, 1);
          for (const lane of lanes) lane.giveUp(waiting);
          reject(new Error('No answer in time'));
        }, timeoutMs);
        const lane = idle.pop() ?? (lanes.size < maxConnections ? openLane() : undefined);
        if (lane === undefined) queue.push(waiting);
        else lane.start(waiting);
      });
    },
    close() {
      for (const lane of lanes) lane.close();
    },
  };
}

type Lane = { start(waiting: Waiting): void; giveUp(waiting: Waiting): void; close(): void };
type LaneEvents = { readonly onIdle: () => void; readonly onGone: () => void };

/** One connection. Whoever's answer it carries when it goes is told so. */
function createLane(socket: Socket, { onIdle, onGone }: LaneEvents): Lane {
  let current: Waiting | undefined;
  let heard: Buffer = Buffer.alloc(0);
  let mustClose = false;

  socket.on('data', (chunk: Buffer) => {
    heard = heard.length === 0 ? chunk : Buffer.concat([heard, chunk]);
    const read = readReply(heard);
    if (read === undefined || current === undefined) return;
    const done = current;
    current = undefined;
    heard = heard.subarray(read.length);
    clearTimeout(done.timer);
    done.resolve(read.reply);
    mustClose = read.reply.headers['connection'] === 'close';
    if (mustClose) socket.end();
    else onIdle();
  });
  socket.on('error', () => {});
  socket.once('close', () => {
    clearTimeout(current?.timer);
    current?.reject(new Error('The connection was lost'));
    current = undefined;
    onGone();
  });
  return {
    start(waiting) {
      current = waiting;
      socket.write(waiting.bytes);
    },
    giveUp(waiting) {
      if (current === waiting) socket.destroy();
    },
    close: () => socket.destroy(),
  };
}

const HEAD_END = '\r\n\r\n';

/** The first whole answer in `bytes`, and how long it is; `undefined` while there is more to come. */
function readReply(bytes: Buffer): { readonly reply: RawReply; readonly length: number } | undefined {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const status = Number(first.split(' ')[1]);
  const from = end + HEAD_END.length;
  const read = headers['transfer-encoding'] === 'chunked' ? readChunks(bytes, from) : readSized(bytes, from, headers);
  return read === undefined ? undefined : { reply: { status, headers, body: read.body }, length: read.end };
}

type Body = { readonly body: string; readonly end: number };

function readSized(bytes: Buffer, from: number, headers: Readonly<Record<string, string>>): Body | undefined {
  const end = from + Number(headers['content-length'] ?? 0);
  return bytes.length < end ? undefined : { body: bytes.toString('utf8', from, end), end };
}

function readChunks(bytes: Buffer, from: number): Body | undefined {
  const parts: Buffer[] = [];
  for (let at = from; ;) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
    const next = line + 2 + size + 2;
    if (bytes.length < next) return undefined;
    if (size === 0) return { body: Buffer.concat(parts).toString('utf8'), end: next };
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = next;
  }
}
