import type { PeerLine } from './dxlink-peer.ts';

type Sent = Readonly<Record<string, unknown>>;

export type AccountSession = {
  readonly line: PeerLine;
  readonly received: Sent[];
  isOver: boolean;
  isConnected: boolean;
};

/** An account streamer for tests, scripted from the wire contract and written without regard to the client or the simulator. */
export class AccountPeer {
  readonly sessions: AccountSession[] = [];
  /** Tokens that are accepted; every token when undefined. */
  tokens: Set<string> | undefined;
  /** Actions that are not answered. */
  readonly mute = new Set<string>();
  mostAtOnce = 0;

  get open(): AccountSession[] {
    return this.sessions.filter(({ isOver }) => !isOver);
  }

  get last(): AccountSession {
    const session = this.sessions.at(-1);
    if (session === undefined) throw new Error('Nobody has connected yet');
    return session;
  }

  accept(line: PeerLine): { message(text: string): void; closed(): void } {
    const session: AccountSession = { line, received: [], isOver: false, isConnected: false };
    this.sessions.push(session);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.open.length);
    return {
      message: (text) => this.#onMessage(session, JSON.parse(text) as Sent),
      closed: () => {
        session.isOver = true;
      },
    };
  }

  /** To every session that has connected; how many there are. */
  tell(type: string, data: object, timestamp?: number): number {
    const listening = this.open.filter(({ isConnected }) => isConnected);
    for (const { line } of listening) line.send(JSON.stringify({ type, data, timestamp }));
    return listening.length;
  }

  #onMessage(session: AccountSession, message: Sent): void {
    session.received.push(message);
    const action = String(message['action']);
    if (this.mute.has(action)) return;
    const bearer = /^Bearer (?<token>\S+)$/u.exec(String(message['auth-token']))?.groups?.['token'];
    const isKnown = bearer !== undefined && (this.tokens?.has(bearer) ?? true);
    if (action === 'connect' && isKnown) session.isConnected = true;
    const said = bearer === undefined ? 'Unknown domain' : 'failed';
    const outcome = isKnown ? { status: 'ok', value: message['value'] } : { status: 'error', message: said };
    const echo = { action, 'web-socket-session-id': '0000beef', 'request-id': message['request-id'] };
    session.line.send(JSON.stringify({ ...outcome, ...echo }));
  }
}
