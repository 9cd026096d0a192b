import * as z from 'zod';
import { epochMs } from '../../core/clock.ts';
import type { EpochMs } from '../../core/clock.ts';
import type { PlacedOrder } from '../model/order.ts';
import { accountNumber, brokerSymbol } from '../model/symbol.ts';
import type { AccountNumber, BrokerSymbol } from '../model/symbol.ts';
import { wireComplexOrder } from '../tastytrade/wire/complex-order.ts';
import { wireOrder } from '../tastytrade/wire/order.ts';
import { text } from '../tastytrade/wire/primitives.ts';

/** What the broker says of an account. Orders are told whole, as REST shows them. `at` is when it was sent, where that is told. */
export type StreamEvent = (
  | { readonly kind: 'orders'; readonly orders: readonly PlacedOrder[] }
  | { readonly kind: 'balances'; readonly account: AccountNumber }
  | { readonly kind: 'position'; readonly account: AccountNumber; readonly symbol: BrokerSymbol }
) & { readonly at?: EpochMs };

export type StreamMessage =
  /** The answer to something that we asked. `said` is the broker's text. */
  | { readonly kind: 'answer'; readonly action: string; readonly isOk: boolean; readonly said?: string }
  | { readonly kind: 'event'; readonly event: StreamEvent }
  /** Well-formed, of a type that this client has no use for. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'malformed' };

type Facts =
  | { readonly kind: 'orders'; readonly orders: readonly PlacedOrder[] }
  | { readonly kind: 'balances'; readonly account: AccountNumber }
  | { readonly kind: 'position'; readonly account: AccountNumber; readonly symbol: BrokerSymbol };

const READERS: Readonly<Record<string, z.ZodType<Facts>>> = {
  Order: wireOrder.transform((order): Facts => ({ kind: 'orders', orders: [order] })),
  ComplexOrder: wireComplexOrder.transform(({ parts }): Facts => ({ kind: 'orders', orders: parts })),
  AccountBalance: z
    .object({ 'account-number': text })
    .transform((wire): Facts => ({ kind: 'balances', account: accountNumber(wire['account-number']) })),
  CurrentPosition: z.object({ 'account-number': text, symbol: text }).transform((wire): Facts => ({
    kind: 'position',
    account: accountNumber(wire['account-number']),
    symbol: brokerSymbol(wire.symbol),
  })),
};

const answer = z.object({ status: z.enum(['ok', 'error']), action: text, message: z.string().nullish() });
const notification = z.object({ type: text, data: z.unknown(), timestamp: z.number().nonnegative().nullish() });
const batch = z.object({ results: z.array(z.unknown()) });

/** Reads one text message, which may carry several. Never throws, whatever it is given. */
export function parseMessages(message: string | undefined): readonly StreamMessage[] {
  const json = parseJson(message);
  const several = batch.safeParse(json);
  return several.success ? several.data.results.map(parseOne) : [parseOne(json)];
}

function parseOne(json: unknown): StreamMessage {
  const told = notification.safeParse(json);
  if (told.success) return parseNotification(told.data);
  const answered = answer.safeParse(json);
  if (!answered.success) return { kind: 'malformed' };
  const { status, action, message } = answered.data;
  return { kind: 'answer', action, isOk: status === 'ok', ...(typeof message === 'string' ? { said: message } : {}) };
}

function parseNotification({ type, data, timestamp }: z.output<typeof notification>): StreamMessage {
  const reader = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (reader === undefined) return { kind: 'unknown' };
  const facts = reader.safeParse(data);
  if (!facts.success) return { kind: 'malformed' };
  return {
    kind: 'event',
    event: { ...facts.data, ...(typeof timestamp === 'number' ? { at: epochMs(timestamp) } : {}) },
  };
}

function parseJson(message: string | undefined): unknown {
  if (message === undefined) return undefined;
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

/** What this client sends. Every message carries a token. */
export type ClientMessage = {
  readonly action: 'connect' | 'heartbeat';
  readonly value?: readonly AccountNumber[];
  readonly 'auth-token': string;
  readonly 'request-id': number;
};
