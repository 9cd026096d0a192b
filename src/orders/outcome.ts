import type { AccountNumber } from '../broker/model/symbol.ts';
import type { OrderEffects, OrderRemark, PlacedOrder, Preview, SendOutcome } from '../broker/model/order.ts';

/** What came of something sent. All three are results: an unknown one is never told as failed. */
export type SentOutcome =
  | {
      readonly kind: 'accepted';
      readonly order: PlacedOrder;
      /** The other parts of a complex order. */
      readonly others?: readonly PlacedOrder[];
      readonly effects: OrderEffects;
    }
  | {
      readonly kind: 'rejected';
      readonly reasons: readonly OrderRemark[];
      readonly order?: PlacedOrder;
      readonly effects?: OrderEffects;
    }
  | { readonly kind: 'unknown'; readonly why: string };

/** What came of one intent. `replayed`: it had been sent before, and this is what came of it then. */
export type OrderResult = {
  readonly account: AccountNumber;
  /** The intent's id, and the external identifier of its order. */
  readonly externalId: string;
  readonly outcome: SentOutcome;
  readonly replayed: boolean;
  /** It could not be settled in time: a person has to look. */
  readonly isFlagged: boolean;
};

/** What a dry run foretells. */
export type ForetoldOutcome =
  | { readonly kind: 'would-be-accepted'; readonly effects: OrderEffects }
  | { readonly kind: 'would-be-rejected'; readonly reasons: readonly OrderRemark[]; readonly effects?: OrderEffects };

export type OrderOutcome = SentOutcome | ForetoldOutcome;

export function fromSend(sent: SendOutcome): SentOutcome {
  switch (sent.kind) {
    case 'accepted':
      return sent.order.status === 'Rejected' ? rejectedLater(sent) : sent;
    case 'refused':
      return { ...sent, kind: 'rejected' };
    case 'not-sent':
      return notSent(sent.why);
    case 'unknown':
      return sent;
  }
}

export function fromPreview(preview: Preview): ForetoldOutcome {
  return preview.kind === 'acceptable'
    ? { kind: 'would-be-accepted', effects: preview.effects }
    : { ...preview, kind: 'would-be-rejected' };
}

/** Proven never to have left the gateway. */
export function notSent(why: string): SentOutcome {
  return { kind: 'rejected', reasons: [{ code: 'not_sent', message: `Nothing reached the broker. ${why}` }] };
}

/** Looked for until it could no longer be on its way, and not there. */
export const ABSENT: SentOutcome = {
  kind: 'rejected',
  reasons: [
    { code: 'never_arrived', message: 'The broker never received it: it was looked for until it was surely absent.' },
  ],
};

/** Taken by the broker's door and turned away behind it. */
function rejectedLater({ order, effects }: Extract<SendOutcome, { kind: 'accepted' }>): SentOutcome {
  const message = order.rejectReason ?? 'The broker gave no reason.';
  return { kind: 'rejected', order, effects, reasons: [{ code: 'rejected', message }] };
}
