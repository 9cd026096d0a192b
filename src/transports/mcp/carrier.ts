import type { Clock } from '../../core/clock.ts';
import { GatewayError, hasCode } from '../../core/errors.ts';
import type { ChannelName } from '../../fleet/channels.ts';
import type { Fleet } from '../../fleet/fleet.ts';
import { waitOut } from '../../fleet/wait-out.ts';
import type { BusMessage } from './bus-message.ts';

/** Carries messages of sessions between replicas. */
export type Carrier = {
  /** What a channel's listener does with a text: what this replica said itself is not heard again. */
  hearing(deliver: (session: string, message: BusMessage) => void): (text: string) => void;
  /**
   * Resolves to how many heard it. A moment in which the others cannot be reached is waited out; after a second it throws
   * `coordination_unavailable`.
   */
  carry(channel: ChannelName, session: string, message: BusMessage): Promise<number>;
};

export type CarrierParts = { readonly fleet: Pick<Fleet, 'replica' | 'channels'>; readonly clock: Clock };

const TRY_FOR_MS = 1000;
const RETRY_AFTER_MS = 1000;

type Travelling = { readonly from: string; readonly session: string; readonly message: BusMessage };

export function createCarrier({ fleet: { replica, channels }, clock }: CarrierParts): Carrier {
  return {
    hearing: (deliver) => (text) => {
      const { from, session, message } = JSON.parse(text) as Travelling;
      if (from !== replica) deliver(session, message);
    },
    async carry(channel, session, message) {
      const text = JSON.stringify({ from: replica, session, message } satisfies Travelling);
      try {
        return await waitOut(clock, TRY_FOR_MS, () => channels.publish(channel, text));
      } catch (error) {
        throw hasCode(error, 'coordination_unavailable') ? notCarried(error) : error;
      }
    },
  };
}

function notCarried(cause: unknown): GatewayError {
  const message = 'The message could not be carried to where its session is served.';
  const advice = 'Send it again in a moment.';
  return new GatewayError('coordination_unavailable', message, { cause, advice, retryAfterMs: RETRY_AFTER_MS });
}
