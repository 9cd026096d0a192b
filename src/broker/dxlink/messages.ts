import { z } from 'zod';
import type { MarketEventKind } from '../model/quote.ts';

/** Channel 0 is the connection itself; a client's own channels are odd. */
export const CONNECTION_CHANNEL = 0;
export const FEED_CHANNEL = 1;

const channel = z.number().int().nonnegative();
const seconds = z.number().optional();

const FRAMES = {
  SETUP: z.object({
    type: z.literal('SETUP'),
    channel,
    keepaliveTimeout: seconds,
    acceptKeepaliveTimeout: seconds,
  }),
  AUTH_STATE: z.object({ type: z.literal('AUTH_STATE'), channel, state: z.enum(['AUTHORIZED', 'UNAUTHORIZED']) }),
  CHANNEL_OPENED: z.object({ type: z.literal('CHANNEL_OPENED'), channel }),
  CHANNEL_CLOSED: z.object({ type: z.literal('CHANNEL_CLOSED'), channel }),
  FEED_CONFIG: z.object({
    type: z.literal('FEED_CONFIG'),
    channel,
    eventFields: z.record(z.string(), z.array(z.string()).min(1)).optional(),
  }),
  FEED_DATA: z.object({ type: z.literal('FEED_DATA'), channel, data: z.array(z.unknown()) }),
  KEEPALIVE: z.object({ type: z.literal('KEEPALIVE'), channel }),
  ERROR: z.object({ type: z.literal('ERROR'), channel, error: z.string(), message: z.string().optional() }),
} as const;

type FrameType = keyof typeof FRAMES;
/** A frame from the server that this client acts upon. */
export type ServerFrame = z.infer<(typeof FRAMES)[FrameType]>;
export type ServerError = z.infer<typeof FRAMES.ERROR>;

export type Parsed =
  | { readonly kind: 'frame'; readonly frame: ServerFrame }
  /** Well-formed, of a type that this client has no use for. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'malformed' };

const envelope = z.object({ type: z.string(), channel });

/** Reads one text message. Never throws, whatever it is given. */
export function parseFrame(text: string | undefined): Parsed {
  const json = parseJson(text);
  const head = envelope.safeParse(json);
  if (!head.success) return { kind: 'malformed' };
  if (!isFrameType(head.data.type)) return { kind: 'unknown' };
  const frame = FRAMES[head.data.type].safeParse(json);
  return frame.success ? { kind: 'frame', frame: frame.data } : { kind: 'malformed' };
}

function isFrameType(type: string): type is FrameType {
  return Object.hasOwn(FRAMES, type);
}

function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export type FeedItem = { readonly type: MarketEventKind; readonly symbol: string };

export type FeedSubscription = {
  readonly type: 'FEED_SUBSCRIPTION';
  readonly channel: number;
  readonly reset?: true;
  readonly add?: readonly FeedItem[];
  readonly remove?: readonly FeedItem[];
};

/** A frame that this client sends. Time limits are in seconds, as on the wire. */
export type ClientFrame =
  | {
      readonly type: 'SETUP';
      readonly channel: number;
      readonly version: string;
      readonly keepaliveTimeout: number;
      readonly acceptKeepaliveTimeout: number;
    }
  | { readonly type: 'AUTH'; readonly channel: number; readonly token: string }
  | {
      readonly type: 'CHANNEL_REQUEST';
      readonly channel: number;
      readonly service: 'FEED';
      readonly parameters: { readonly contract: 'AUTO' };
    }
  | {
      readonly type: 'FEED_SETUP';
      readonly channel: number;
      readonly acceptAggregationPeriod: number;
      readonly acceptDataFormat: 'COMPACT';
      readonly acceptEventFields: Readonly<Record<MarketEventKind, readonly string[]>>;
    }
  | FeedSubscription
  | { readonly type: 'KEEPALIVE'; readonly channel: number };
