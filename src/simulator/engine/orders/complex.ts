import { epochMs } from '../../../core/clock.ts';
import { compare } from '../../../core/decimal.ts';
import { nextId } from '../accounts/book.ts';
import { tellBalance, tellComplexOrder, wireOfComplex } from '../accounts/tell.ts';
import type { DeskAnswer, DeskRefusal } from '../desk.ts';
import { reserveFor, type OrderEffect } from '../margin/order-effect.ts';
import { startOrder, withdrawOrder } from '../matching/lifecycle.ts';
import { assess, effectsWire, instrumentRefusal, refusalOf, type Assessed } from './assess.ts';
import { readBody, validationRefusal, type BodyReader } from './body-reader.ts';
import { candidateOf, type Candidate, type Desktop } from './candidate.ts';
import { newOrder } from './new-order.ts';
import { dryRunWire } from './order-wire.ts';
import { isTerminal, type ComplexOrder, type ComplexTag, type Order } from './order.ts';
import { readOrder, type OrderDraft } from './parse-order.ts';
import { cannotUpdate, noSuchOrder, preflightRefusal, type Remark } from './remark.ts';

const TYPES = ['OCO', 'OTO', 'OTOCO'] as const;
type ComplexType = (typeof TYPES)[number];

/** How many orders follow, and whether one goes before them. */
const FORMS: Record<
  ComplexType,
  { readonly min: number; readonly max: number; readonly hasTrigger: boolean; readonly tag: ComplexTag }
> = {
  OCO: { min: 2, max: 2, hasTrigger: false, tag: 'OCO::order' },
  OTO: { min: 1, max: 3, hasTrigger: true, tag: 'OTO::order' },
  OTOCO: { min: 2, max: 2, hasTrigger: true, tag: 'OTOCO::oco-1-order' },
};

type Draft = { readonly type: ComplexType; readonly trigger?: OrderDraft; readonly orders: readonly OrderDraft[] };

function readComplex(reader: BodyReader): Draft | undefined {
  reader.require('type');
  reader.require('orders');
  const type = reader.choice('type', TYPES);
  const orders = (reader.objects('orders') ?? []).map(readOrder);
  if (type === undefined) return undefined;
  const form = FORMS[type];
  if (orders.length < form.min || orders.length > form.max)
    reader.faults.push({ domain: 'orders', reason: `must have ${form.min} to ${form.max} items` });
  if (!form.hasTrigger) {
    reader.forbid('trigger-order', 'must be omitted for this type');
    return { type, orders };
  }
  reader.require('trigger-order');
  const trigger = reader.object('trigger-order');
  return trigger === undefined ? undefined : { type, trigger: readOrder(trigger), orders };
}

type Part = {
  readonly candidate: Candidate;
  readonly assessed: Extract<Assessed, { kind: 'passed' }>;
  readonly tag: ComplexTag;
};
type Checked = { readonly kind: 'passed'; readonly parts: readonly Part[] } | DeskRefusal;

/** The trigger is checked as it stands; what waits for it only for its form; either side of an OCO as if it were alone. */
function checkParts(desk: Desktop, draft: Draft): Checked {
  const form = FORMS[draft.type];
  const drafts = [
    ...(draft.trigger === undefined
      ? []
      : [{ draft: draft.trigger, tag: `${draft.type}::trigger-order` as ComplexTag, isContingent: false }]),
    ...draft.orders.map((order) => ({ draft: order, tag: form.tag, isContingent: form.hasTrigger })),
  ];
  const parts: Part[] = [];
  const errors: Remark[] = [];
  let alone: DeskRefusal | undefined;
  for (const [preflightId, part] of drafts.entries()) {
    const candidate = candidateOf(desk, part.draft, { isContingent: part.isContingent });
    if (candidate === undefined) return instrumentRefusal();
    const assessed = assess(candidate, desk);
    if (assessed.kind === 'passed') parts.push({ candidate, assessed, tag: part.tag });
    else {
      alone ??= refusalOf(assessed);
      errors.push(...assessed.errors.map((error) => ({ ...error, 'preflight-id': preflightId })));
    }
  }
  if (alone === undefined) return { kind: 'passed', parts };
  return preflightRefusal(errors, alone.data);
}

/** The whole order is told by the part that costs most: no two sides of it can happen. */
const dearest = (parts: readonly Part[]): OrderEffect | undefined =>
  parts
    .filter(({ candidate }) => !candidate.isContingent)
    .map(({ assessed }) => assessed.effect)
    .toSorted((a, b) => compare(a.changeInBuyingPower, b.changeInBuyingPower))[0];

function partOrders(
  desk: Desktop,
  parts: readonly Part[],
  making: { complexId: number; orderId: () => number; conditionId: () => number },
): Order[] {
  return parts.map(({ candidate, assessed, tag }, preflightId) => ({
    ...newOrder(candidate, desk, {
      id: making.orderId(),
      reserve: reserveFor(assessed.effect),
      conditionId: making.conditionId,
      links: { complexId: making.complexId, complexTag: tag, preflightId },
    }),
    status: 'Contingent',
    contingentStatus: 'Pending Order',
  }));
}

function place({ floor, book, at }: Desktop, complex: ComplexOrder, orders: readonly Order[]): void {
  book.complexOrders.set(complex.id, complex);
  for (const order of orders) book.orders.set(order.id, order);
  const trigger = orders.find((order) => order.id === complex.triggerId);
  if (trigger !== undefined) startOrder(floor, book, { order: trigger, at });
  else for (const order of orders) order.due = { to: 'route', at: epochMs(at + 1) };
  tellComplexOrder(floor, book, { complex, at });
  tellBalance(floor, book, at);
}

function complexOf(id: number, type: ComplexType, orders: readonly Order[]): ComplexOrder {
  const trigger = orders.find((order) => order.complexTag?.endsWith('trigger-order'));
  const orderIds = orders.filter((order) => order !== trigger).map((order) => order.id);
  return { id, type, orderIds, ...(trigger === undefined ? {} : { triggerId: trigger.id }) };
}

/** Takes several orders that depend on each other, or says what would become of them. */
export function submitComplexOrder(desk: Desktop, body: unknown, { dryRun }: { dryRun: boolean }): DeskAnswer {
  const reader = readBody(body);
  const draft = readComplex(reader);
  if (reader.faults.length > 0 || draft === undefined) return validationRefusal(reader.faults);
  const checked = checkParts(desk, draft);
  if (checked.kind === 'refused') return checked;
  const { parts } = checked;
  const effect = dearest(parts);
  const warnings = parts.flatMap(({ assessed }) => assessed.warnings);
  const effects = effect === undefined ? {} : effectsWire(effect, distinct(warnings));
  const { book } = desk;
  const account = book.profile.number;
  if (dryRun) {
    const orders = partOrders(desk, parts, {
      complexId: book.sequences.complex + 1,
      orderId: () => 0,
      conditionId: () => 0,
    });
    const [trigger, ...rest] = draft.trigger === undefined ? [undefined, ...orders] : orders;
    const told = {
      'account-number': account,
      type: draft.type,
      orders: rest.flatMap((order) => (order === undefined ? [] : [dryRunWire(order, account)])),
      ...(trigger === undefined ? {} : { 'trigger-order': dryRunWire(trigger, account) }),
    };
    return { kind: 'ok', data: { ...effects, 'complex-order': told, notes: [] } };
  }
  const complexId = nextId(book, 'complex');
  const orders = partOrders(desk, parts, {
    complexId,
    orderId: () => nextId(book, 'order'),
    conditionId: () => nextId(book, 'condition'),
  });
  const complex = complexOf(complexId, draft.type, orders);
  place(desk, complex, orders);
  return { kind: 'ok', data: { ...effects, 'complex-order': wireOfComplex(book, complex), notes: [] } };
}

const distinct = (remarks: readonly Remark[]): Remark[] =>
  remarks.filter((remark, index) => remarks.findIndex((other) => other.code === remark.code) === index);

/** Cancels every part that has not ended. */
export function cancelComplexOrder({ floor, book, at }: Desktop, complex: ComplexOrder | undefined): DeskAnswer {
  if (complex === undefined) return noSuchOrder();
  if (complex.terminalAt !== undefined) return cannotUpdate();
  const ids = [...(complex.triggerId === undefined ? [] : [complex.triggerId]), ...complex.orderIds];
  for (const order of ids.flatMap((id) => book.orders.get(id) ?? []))
    if (!isTerminal(order)) withdrawOrder(floor, book, { order, at });
  return { kind: 'ok', data: wireOfComplex(book, complex) };
}
