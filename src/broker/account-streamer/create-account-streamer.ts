import type { Clock } from '../../core/clock.ts';
import type { IdSource } from '../../core/ids.ts';
import type { Log } from '../../core/log.ts';
import { openSocket } from '../dxlink/socket.ts';
import type { OpenSocket } from '../dxlink/socket.ts';
import type { AccountNumber } from '../model/symbol.ts';
import type { UpstreamObserver } from '../upstream.ts';
import type { StreamTokens } from './connection.ts';
import { LiveAccountStream } from './stream.ts';
import type { AccountStream, StreamListener } from './stream.ts';

/** Opens the broker's stream of one tenant's accounts. The broker replays nothing: what happened before `live` is not told. */
export type AccountStreamer = {
  open(accounts: readonly AccountNumber[], listener: StreamListener): AccountStream;
  /** Closes every stream that is open. Idempotent, bounded to a second. */
  close(): Promise<void>;
};

export type AccountStreamerDeps = {
  readonly url: string;
  readonly tokens: StreamTokens;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly observer: UpstreamObserver;
  /** A real websocket unless told. */
  readonly openSocket?: OpenSocket;
};

export function createAccountStreamer(deps: AccountStreamerDeps): AccountStreamer {
  const open = new Set<AccountStream>();
  return {
    open(accounts, listener) {
      const stream = new LiveAccountStream({ openSocket, ...deps, accounts, listener });
      open.add(stream);
      return {
        async close() {
          open.delete(stream);
          await stream.close();
        },
      };
    },
    async close() {
      const streams = [...open];
      open.clear();
      await Promise.all(streams.map((stream) => stream.close()));
    },
  };
}
