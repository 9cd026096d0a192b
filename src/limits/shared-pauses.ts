import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { Channels } from '../fleet/channels.ts';
import type { Pause, Pauses } from './pauses.ts';

/** The same pauses on all replicas: what the broker says to one, all obey. */
export type SharedPauses = Pick<Pauses, 'untilMs'> & {
  /** Obeyed here at once, and elsewhere as soon as it is heard. */
  tell(pause: Pause): void;
  close(): void;
};

export type SharedPausesParts = {
  readonly pauses: Pauses;
  readonly channels: Channels;
  readonly replica: string;
  readonly clock: Clock;
  readonly log: Log;
};

const CHANNEL = { kind: 'pause', owner: 'gateway' } as const;
const RETRY_MS = 1000;

export function sharePauses({ pauses, channels, replica, clock, log }: SharedPausesParts): SharedPauses {
  let leave: (() => void) | undefined;
  let isClosed = false;
  const hear = (text: string): void => {
    const message = readMessage(text);
    if (message !== undefined && message.replica !== replica) pauses.add(message.pause);
  };
  const join = async (): Promise<void> => {
    try {
      leave = await channels.subscribe(CHANNEL, { message: hear });
      if (isClosed) leave();
    } catch {
      if (!isClosed) clock.after(RETRY_MS, () => void join());
    }
  };
  void join();
  return {
    untilMs: (keys, kind) => pauses.untilMs(keys, kind),
    tell(pause) {
      pauses.add(pause);
      channels
        .publish(CHANNEL, JSON.stringify({ replica, pause }))
        .catch((error: unknown) => log.warn({ error }, 'The other replicas could not be told that the broker is busy'));
    },
    close() {
      isClosed = true;
      leave?.();
    },
  };
}

type Message = { readonly replica: string; readonly pause: Pause };

function readMessage(text: string): Message | undefined {
  const { replica, pause } = JSON.parse(text) as Partial<Message>;
  const isWhole =
    typeof replica === 'string' &&
    typeof pause?.key === 'string' &&
    typeof pause.line === 'string' &&
    typeof pause.sharedKey === 'string' &&
    typeof pause.forMs === 'number';
  return isWhole ? { replica, pause } : undefined;
}
