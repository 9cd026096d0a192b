import * as z from 'zod';
import { brokerError, parseJson, readRefusal } from './broker-error.ts';
import type { Refusal } from './broker-error.ts';
import { isSuccess } from './call.ts';
import type { Reply } from './call.ts';
import { notUnderstood } from './read-reply.ts';
import type { Sent } from './send-order.ts';
import { wireOrderEffects } from './wire/order-effects.ts';
import { wireComplexOrder } from './wire/complex-order.ts';
import { wireOrder } from './wire/order.ts';
import type { OrderEffects, OrderRemark, PlacedOrder, Preview, SendOutcome } from '../model/order.ts';
import { quoted } from '../../core/quoted.ts';

/** A refusal's status from a proxy that gave up on the broker: the broker itself may have gone on. */
const IN_DOUBT = new Set([408, 499]);

/** Statuses of a dry run that speak about the order; the others speak about the call. */
const ABOUT_THE_ORDER = new Set([400, 409, 422]);

const withOrder = z.object({ data: z.object({ order: wireOrder }) }).transform((body) => body.data.order);
const orderAlone = z.object({ data: wireOrder }).transform((body) => body.data);
const withComplex = z.object({ data: z.object({ 'complex-order': wireComplexOrder }) });
const complexAlone = z.object({ data: wireComplexOrder }).transform((body) => body.data);
const effectsBody = z.object({ data: wireOrderEffects }).transform((body) => body.data);

function reasonsOf(refusal: Refusal): readonly OrderRemark[] {
  if (refusal.faults.length > 0) return refusal.faults;
  return [{ code: refusal.code, message: refusal.message === '' ? quoted(refusal.code) : refusal.message }];
}

function effectsOf(reply: Reply): OrderEffects | undefined {
  const parsed = effectsBody.safeParse(parseJson(reply.text));
  return parsed.success ? parsed.data.effects : undefined;
}

function refusalWith(
  reply: Reply,
  refusal: Refusal,
): { kind: 'refused'; reasons: readonly OrderRemark[]; effects?: OrderEffects } {
  const effects = effectsOf(reply);
  return { kind: 'refused', reasons: reasonsOf(refusal), ...(effects === undefined ? {} : { effects }) };
}

type Made = { readonly order: PlacedOrder; readonly others?: readonly PlacedOrder[] };
/** Finds what a write made in the body of its answer; undefined when it is not there in a known form. */
type Reader = (body: unknown) => Made | undefined;

/** The order in an answer: beside its effects after a POST, alone after a PUT or DELETE. */
const readOne: Reader = (body) => {
  const nested = withOrder.safeParse(body);
  if (nested.success) return { order: nested.data };
  const alone = orderAlone.safeParse(body);
  return alone.success ? { order: alone.data } : undefined;
};

/** The parts of a complex order: that of the intent's own identifier is told first where the answer has it. */
const readComplex =
  (externalId?: string): Reader =>
  (body) => {
    const nested = withComplex.safeParse(body);
    const alone = nested.success ? undefined : complexAlone.safeParse(body).data;
    const parts = nested.success ? nested.data.data['complex-order'].parts : alone?.parts;
    if (parts === undefined) return undefined;
    const order = parts.find((part) => part.externalId === externalId) ?? parts[0];
    return { order, others: parts.filter((part) => part !== order) };
  };

const unknown = (why: string): SendOutcome => ({ kind: 'unknown', why });

/** The order is there, whatever else in the answer could not be read: those numbers are then left out. */
function accepted(reply: Reply, read: Reader): SendOutcome {
  const body = parseJson(reply.text);
  const made = read(body);
  if (made === undefined) return unknown('The broker answered, but not in a form that tells which order it made.');
  const parsed = effectsBody.safeParse(body);
  const { effects, errors } = parsed.success ? parsed.data : { effects: { warnings: [] }, errors: [] };
  return { kind: 'accepted', ...made, effects: { ...effects, warnings: [...effects.warnings, ...errors] } };
}

function outcome(sent: Sent, read: Reader): SendOutcome {
  if (sent.kind === 'not-sent') return sent;
  if (sent.kind === 'lost') return unknown(sent.why);
  const { reply } = sent;
  if (isSuccess(reply)) return accepted(reply, read);
  const refusal = readRefusal(reply);
  const isRefusal = reply.status >= 400 && reply.status < 500 && !IN_DOUBT.has(reply.status);
  if (isRefusal && refusal !== undefined) return refusalWith(reply, refusal);
  return unknown(`The broker answered with status ${reply.status}, which does not tell what became of the order.`);
}

/** What is known after one send. Only an answer that was understood is an answer; all the rest is unknown. */
export const outcomeOf = (sent: Sent): SendOutcome => outcome(sent, readOne);

/** Like `outcomeOf`, of a complex order. `externalId` is that of the part to tell as the order; else it is the first. */
export const complexOutcomeOf = (sent: Sent, externalId?: string): SendOutcome =>
  outcome(sent, readComplex(externalId));

/** A dry run's answer. Throws the translated error when it speaks about the call and not about the order. */
export function previewOf(reply: Reply): Preview {
  const refusal = isSuccess(reply) ? undefined : readRefusal(reply);
  if (refusal !== undefined && ABOUT_THE_ORDER.has(reply.status)) return refusalWith(reply, refusal);
  if (!isSuccess(reply)) throw brokerError(reply);
  const parsed = effectsBody.safeParse(parseJson(reply.text));
  if (!parsed.success) throw notUnderstood(parsed.error);
  const { effects, errors } = parsed.data;
  return errors.length > 0 ? { kind: 'refused', reasons: errors, effects } : { kind: 'acceptable', effects };
}
