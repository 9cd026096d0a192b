import { type LastingSubscription, subscribeLastingly } from '../../fleet/subscribe-lastingly.ts';
import type { BusMessage } from './bus-message.ts';
import { type Carrier, type CarrierParts, createCarrier } from './carrier.ts';

/** Hears what is meant for the calls of a session. The answer says whether the message was for this one. */
type HearCall = (message: BusMessage) => boolean;
type HearStream = (message: BusMessage) => void;

/**
 * Carries messages to wherever a session's calls and stream are, on any replica: in order from one sender, and at most once.
 * Sessions go by their keys. What can be delivered within this process needs nothing that is shared.
 */
export type MessageBus = {
  joinCalls(session: string, hear: HearCall): () => void;
  /** Throws `coordination_unavailable` when the call is not here and the others could not be told. */
  tellCalls(session: string, message: BusMessage): Promise<void>;
  /** Resolves when the stream hears what any replica says, or when it is clear that the others cannot be reached now. */
  joinStream(session: string, hear: HearStream): Promise<() => void>;
  /** False when nobody holds a stream of the session. Throws `coordination_unavailable` when nobody does here. */
  tellStream(session: string, message: BusMessage): Promise<boolean>;
  close(): void;
};

/** All replicas hear what is meant for calls: which of them serves the call, only it knows. Such messages are few and small. */
const CALLS = { kind: 'calls', owner: 'all' } as const;
const ENDS_WHERE_HEARD: ReadonlySet<BusMessage['kind']> = new Set(['message', 'knock']);

export function createMessageBus(parts: CarrierParts): MessageBus {
  const carrier = createCarrier(parts);
  const subscribe = (channel: { kind: string; owner: string }, message: (text: string) => void): LastingSubscription =>
    subscribeLastingly({ channels: parts.fleet.channels, clock: parts.clock }, channel, { message });
  const calls = callsOver(carrier, subscribe);
  const streams = streamsOver(carrier, subscribe);
  return {
    ...calls,
    ...streams,
    close() {
      calls.close();
      streams.close();
    },
  };
}

type Subscribe = (
  channel: { readonly kind: string; readonly owner: string },
  message: (text: string) => void,
) => LastingSubscription;

function callsOver(
  { carry, hearing }: Carrier,
  subscribe: Subscribe,
): Pick<MessageBus, 'joinCalls' | 'tellCalls' | 'close'> {
  const listeners = new Map<string, Set<HearCall>>();
  const deliver = (session: string, message: BusMessage): boolean =>
    [...(listeners.get(session) ?? [])].map((hear) => hear(message)).includes(true);
  const subscription = subscribe(CALLS, hearing(deliver));
  return {
    joinCalls(session, hear) {
      const own = listeners.get(session) ?? new Set();
      listeners.set(session, own.add(hear));
      return () => {
        own.delete(hear);
        if (own.size === 0 && listeners.get(session) === own) listeners.delete(session);
      };
    },
    async tellCalls(session, message) {
      const isTaken = deliver(session, message);
      if (!isTaken || !ENDS_WHERE_HEARD.has(message.kind)) await carry(CALLS, session, message);
    },
    close: () => subscription.stop(),
  };
}

type Stream = { readonly listeners: Set<HearStream>; readonly subscription: LastingSubscription };

function streamsOver(
  { carry, hearing }: Carrier,
  subscribe: Subscribe,
): Pick<MessageBus, 'joinStream' | 'tellStream' | 'close'> {
  const streams = new Map<string, Stream>();
  const channelOf = (session: string) => ({ kind: 'stream', owner: session });
  const deliver = (session: string, message: BusMessage): boolean => {
    const listeners = [...(streams.get(session)?.listeners ?? [])];
    for (const hear of listeners) hear(message);
    return listeners.length > 0;
  };
  function open(session: string): Stream {
    const opened = { listeners: new Set<HearStream>(), subscription: subscribe(channelOf(session), hearing(deliver)) };
    streams.set(session, opened);
    return opened;
  }
  return {
    async joinStream(session, hear) {
      const stream = streams.get(session) ?? open(session);
      stream.listeners.add(hear);
      await stream.subscription.tried;
      return () => {
        stream.listeners.delete(hear);
        if (stream.listeners.size > 0 || streams.get(session) !== stream) return;
        streams.delete(session);
        stream.subscription.stop();
      };
    },
    async tellStream(session, message) {
      const isHere = deliver(session, message);
      if (isHere && ENDS_WHERE_HEARD.has(message.kind)) return true;
      return (await carry(channelOf(session), session, message)) > 0 || isHere;
    },
    close() {
      for (const { subscription } of streams.values()) subscription.stop();
    },
  };
}
