import { once } from 'node:events';
import { WebSocket } from 'ws';

const PATIENCE_MS = 5_000;

export type Message = Readonly<Record<string, unknown>>;

/** A bare websocket client that remembers all it was told. */
export class WireClient {
  readonly received: Message[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #socket: WebSocket;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    socket.on('error', () => {});
    socket.on('message', (data) => {
      this.received.push(JSON.parse((data as Buffer).toString()));
      for (const look of this.#waiting) look();
    });
  }

  static async open(url: string): Promise<WireClient> {
    const socket = new WebSocket(url);
    const client = new WireClient(socket);
    await once(socket, 'open');
    return client;
  }

  send(message: object | string): void {
    this.#socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The first message from number `from` on that matches, now or within five seconds. */
  async told(matches: (message: Message) => boolean, from = 0): Promise<Message> {
    const find = (): Message | undefined => this.received.slice(from).find(matches);
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        done();
        resolve(found);
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`Never told; was told ${JSON.stringify(this.received.slice(from)).slice(0, 2000)}`));
      }, PATIENCE_MS);
      this.#waiting.add(look);
      look();
    });
  }

  toldType(type: string, from = 0): Promise<Message> {
    return this.told((message) => message['type'] === type, from);
  }

  close(): void {
    this.#socket.terminate();
  }
}

/** Looks until it holds, at most five seconds. */
export async function eventually(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('It never came to hold');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
