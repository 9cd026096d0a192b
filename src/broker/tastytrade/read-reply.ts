import type * as z from 'zod';
import { isSuccess } from './call.ts';
import type { Reply } from './call.ts';
import { brokerError, parseJson } from './broker-error.ts';
import { GatewayError } from '../../core/errors.ts';

const MAX_FIELD = 120;

/** `broker_not_understood`, naming the first field at fault but never its value. */
export function notUnderstood(error: z.ZodError): GatewayError {
  const issue = error.issues[0];
  const field = issue?.path.map(String).join('.').slice(0, MAX_FIELD) ?? '';
  return new GatewayError('broker_not_understood', 'The broker answered in a form that is not understood here.', {
    details: {
      field: field === '' ? '(whole answer)' : field,
      problem: (issue?.message ?? 'unknown').slice(0, MAX_FIELD),
    },
  });
}

/** Reads an answer's JSON with a schema. Throws the translated error of a refusal, and `broker_not_understood`. */
export function readReply<Value>(reply: Reply, schema: z.ZodType<Value>): Value {
  if (!isSuccess(reply)) throw brokerError(reply);
  const parsed = schema.safeParse(parseJson(reply.text));
  if (!parsed.success) throw notUnderstood(parsed.error);
  return parsed.data;
}
