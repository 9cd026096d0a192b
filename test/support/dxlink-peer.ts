/** A frame as it crossed the wire, unchecked. */
export type WireFrame = { readonly type: string; readonly channel: number; readonly [key: string]: unknown };
export type WireItem = { readonly type: string; readonly symbol: string };

/** The server's end of one line, over whatever carries it. */
export type PeerLine = { send(text: string): void; close(code: number): void; terminate(): void };

export type PeerSession = {
  readonly line: PeerLine;
  readonly received: WireFrame[];
  readonly frameBytes: number[];
  readonly subscribed: Map<string, WireItem>;
  readonly fields: Record<string, readonly string[]>;
  state: 'new' | 'set-up' | 'authorized' | 'channel-open' | 'feed-set-up';
  over: boolean;
};

/**
 * A DXLink server for tests, scripted from the wire contract and written without regard to either the client or the
 * simulator. It keeps the strict order, and notes every breach of it in `violations`.
 */
export class DxLinkPeer {
  readonly sessions: PeerSession[] = [];
  readonly violations: string[] = [];
  /** Tokens that are accepted; every token when undefined. */
  tokens: Set<string> | undefined;
  format: 'COMPACT' | 'FULL' = 'COMPACT';
  /** Frames that are not answered. */
  mute: 'SETUP' | 'AUTH' | 'CHANNEL_REQUEST' | 'KEEPALIVE' | undefined;
  /** Whether a session starts with AUTH_STATE UNAUTHORIZED, as the broker's does. */
  tellsUnauthorizedFirst = true;
  /** What happens after a bad token. */
  onBadToken: 'tell-and-close' | 'tell' | 'close' = 'tell-and-close';
  /** How many entries a session may hold. */
  cap = 25_000;
  /** Whether the line still carries anything from here to the client. */
  deaf = false;
  keepaliveTimeout = 60;
  maxConcurrent = 0;
  readonly #values = new Map<string, Readonly<Record<string, unknown>>>();

  /** Sets the value of one symbol and kind, and tells it to whoever is subscribed. */
  publish(type: string, symbol: string, fields: Readonly<Record<string, unknown>>): void {
    this.#values.set(`${type} ${symbol}`, fields);
    for (const session of this.open) {
      if (session.subscribed.has(`${type} ${symbol}`)) this.#tell(session, [{ type, symbol }]);
    }
  }

  get open(): PeerSession[] {
    return this.sessions.filter((session) => !session.over);
  }

  /** The newest session. */
  get last(): PeerSession {
    const session = this.sessions.at(-1);
    if (session === undefined) throw new Error('Nobody has connected yet');
    return session;
  }

  accept(line: PeerLine): { message(text: string): void; closed(): void } {
    const session: PeerSession = {
      line,
      received: [],
      frameBytes: [],
      subscribed: new Map(),
      fields: {},
      state: 'new',
      over: false,
    };
    this.sessions.push(session);
    this.maxConcurrent = Math.max(this.maxConcurrent, this.open.length);
    return {
      message: (text) => this.#onMessage(session, text),
      closed: () => {
        session.over = true;
      },
    };
  }

  send(session: PeerSession, frame: WireFrame): void {
    if (!this.deaf && !session.over) session.line.send(JSON.stringify(frame));
  }

  /** Sends any text at all, as a broken server would. */
  sendRaw(session: PeerSession, text: string): void {
    if (!session.over) session.line.send(text);
  }

  /** Cuts every line. */
  dropAll(): void {
    for (const session of this.open) {
      session.over = true;
      session.line.terminate();
    }
  }

  #onMessage(session: PeerSession, text: string): void {
    const frame = JSON.parse(text) as WireFrame;
    session.received.push(frame);
    session.frameBytes.push(Buffer.byteLength(text));
    if (frame.type === this.mute) return;
    const answer = this.#answers[frame.type];
    if (answer === undefined) this.violations.push(`unknown frame ${frame.type}`);
    else answer(session, frame);
  }

  readonly #answers: Record<string, (session: PeerSession, frame: WireFrame) => void> = {
    SETUP: (session) => {
      this.#expect(session, 'new', 'SETUP');
      session.state = 'set-up';
      this.send(session, {
        type: 'SETUP',
        channel: 0,
        version: '1.0-test',
        keepaliveTimeout: this.keepaliveTimeout,
        acceptKeepaliveTimeout: 60,
      });
      if (this.tellsUnauthorizedFirst) this.send(session, { type: 'AUTH_STATE', channel: 0, state: 'UNAUTHORIZED' });
    },
    AUTH: (session, frame) => this.#onAuth(session, String(frame['token'])),
    CHANNEL_REQUEST: (session, frame) => {
      this.#expect(session, 'authorized', 'CHANNEL_REQUEST');
      if (frame.channel % 2 === 0) this.violations.push('even channel');
      session.state = 'channel-open';
      const parameters = { contract: 'AUTO', subFormat: 'LIST' };
      this.send(session, { type: 'CHANNEL_OPENED', channel: frame.channel, service: 'FEED', parameters });
    },
    FEED_SETUP: (session, frame) => {
      this.#expect(session, 'channel-open', 'FEED_SETUP');
      session.state = 'feed-set-up';
      Object.assign(session.fields, frame['acceptEventFields']);
      const config = { dataFormat: this.format, aggregationPeriod: 1, eventFields: session.fields };
      this.send(session, { type: 'FEED_CONFIG', channel: frame.channel, ...config });
    },
    FEED_SUBSCRIPTION: (session, frame) => this.#onSubscription(session, frame),
    KEEPALIVE: (session) => this.send(session, { type: 'KEEPALIVE', channel: 0 }),
  };

  #onAuth(session: PeerSession, token: string): void {
    this.#expect(session, 'set-up', 'AUTH');
    if (this.tokens === undefined || this.tokens.has(token)) {
      session.state = 'authorized';
      this.send(session, { type: 'AUTH_STATE', channel: 0, state: 'AUTHORIZED', userId: 'u' });
      return;
    }
    if (this.onBadToken !== 'close') this.send(session, { type: 'AUTH_STATE', channel: 0, state: 'UNAUTHORIZED' });
    if (this.onBadToken === 'tell') return;
    session.over = true;
    session.line.close(1000);
  }

  #onSubscription(session: PeerSession, frame: WireFrame): void {
    this.#expect(session, 'feed-set-up', 'FEED_SUBSCRIPTION');
    if (frame['reset'] === true) session.subscribed.clear();
    const removed = (frame['remove'] ?? []) as WireItem[];
    for (const { type, symbol } of removed) session.subscribed.delete(`${type} ${symbol}`);
    const added = (frame['add'] ?? []) as WireItem[];
    if (session.subscribed.size + added.length > this.cap) {
      const message = 'Your subscription size is too big';
      this.send(session, { type: 'ERROR', channel: frame.channel, error: 'BAD_ACTION', message });
      return;
    }
    for (const item of added) session.subscribed.set(`${item.type} ${item.symbol}`, item);
    this.#tell(
      session,
      added.filter(({ type, symbol }) => this.#values.has(`${type} ${symbol}`)),
    );
  }

  #tell(session: PeerSession, items: readonly WireItem[]): void {
    const byType = Map.groupBy(items, (item) => item.type);
    for (const [type, ofType] of byType) {
      const rows = ofType.map(({ symbol }) => ({ eventSymbol: symbol, ...this.#values.get(`${type} ${symbol}`) }));
      const data =
        this.format === 'FULL'
          ? rows.map((row) => ({ eventType: type, ...row }))
          : [type, rows.flatMap((row) => compactRow(session.fields[type] ?? [], row))];
      this.send(session, { type: 'FEED_DATA', channel: 1, data });
    }
  }

  #expect(session: PeerSession, state: PeerSession['state'], what: string): void {
    if (session.state !== state) this.violations.push(`${what} in state ${session.state}`);
  }
}

export function compactRow(fields: readonly string[], row: Readonly<Record<string, unknown>>): unknown[] {
  return fields.map((field) => row[field] ?? 'NaN');
}
