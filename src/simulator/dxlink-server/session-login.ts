import type { WireObject } from '../engine/desk.ts';
import type { WireSocket } from '../socket-server.ts';
import type { World } from '../world.ts';

/** Who is on the other end of one DXLink connection. */
export type SessionLogin = {
  /** Answers AUTH; a wrong token ends the connection. */
  authorize(message: WireObject): void;
  customerId(): string | undefined;
  closed(): void;
};

export type SessionLoginOptions = {
  readonly world: World;
  readonly socket: WireSocket;
  readonly say: (message: object) => void;
};

export function createSessionLogin({ world, socket, say }: SessionLoginOptions): SessionLogin {
  let customerId: string | undefined;
  let release = (): void => {};
  return {
    authorize({ token }) {
      const found = typeof token === 'string' ? world.quoteTokens.customerOf(token) : undefined;
      if (found === undefined) {
        say({ type: 'AUTH_STATE', channel: 0, state: 'UNAUTHORIZED' });
        return socket.close(1000, 'Unauthorized');
      }
      release();
      release = world.counters.socketOpened('dxlink', found);
      customerId = found;
      return say({ type: 'AUTH_STATE', channel: 0, state: 'AUTHORIZED', userId: found });
    },
    customerId: () => customerId,
    closed: () => release(),
  };
}
