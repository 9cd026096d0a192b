import type { AccountNumber } from '../broker/model/symbol.ts';
import type { OrderEffects, OrderRemark, PlacedOrder, Preview, SendOutcome } from '../broker/model/order.ts';

/** What came of something sent. All three are results: an unknown one is never told as failed. */
export type SentOutcome =
  | { readonly kind: 'accepted'; readonly order: PlacedOrder; readonly effects: OrderEffects }
  | {
      readonly kind: 'rejected';
      readonly reasons: readonly OrderRemark[];
      readonly order?: PlacedOrder;
      readonly effects?: OrderEffects;
    }
  | { readonly kind: 'unknown'; readonly why: string };

/** What a dry run foretells. */
export type ForetoldOutcome =
  | { readonly kind: 'would-be-accepted'; readonly effects: OrderEffects }
  | { readonly kind: 'would-be-rejected'; readonly reasons: readonly OrderRemark[]; readonly effects?: OrderEffects };

export type OrderOutcome = SentOutcome | ForetoldOutcome;

export type OrderResult = {
  readonly account: AccountNumber;
  readonly externalId: string;
  readonly outcome: OrderOutcome;
};

export function fromSend(sent: SendOutcome): SentOutcome {
  switch (sent.kind) {
    case 'accepted':
      return sent.order.status === 'Rejected' ? rejectedLater(sent) : sent;
    case 'refused':
      return { ...sent, kind: 'rejected' };
    case 'not-sent':
      return { kind: 'rejected', reasons: [{ code: 'not_sent', message: `Nothing reached the broker. ${sent.why}` }] };
    case 'unknown':
      return sent;
  }
}

export function fromPreview(preview: Preview): ForetoldOutcome {
  return preview.kind === 'acceptable'
    ? { kind: 'would-be-accepted', effects: preview.effects }
    : { ...preview, kind: 'would-be-rejected' };
}

/** Taken by the broker's door and turned away behind it. */
function rejectedLater({ order, effects }: Extract<SendOutcome, { kind: 'accepted' }>): SentOutcome {
  const message = order.rejectReason ?? 'The broker gave no reason.';
  return { kind: 'rejected', order, effects, reasons: [{ code: 'rejected', message }] };
}
