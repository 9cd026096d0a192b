import type { WireObject } from '../engine/desk.ts';
import { validationError } from '../wire-refusal.ts';
import type { Fault, FaultRule } from './fault-rules.ts';
import type { SocketFilter } from './simulator-control.ts';

const invalid = (domain: string, reason = 'is invalid'): Error => validationError([{ domain, reason }]);

export const fieldsOf = (body: unknown): WireObject => (typeof body === 'object' && body !== null ? { ...body } : {});

export function numberField(fields: WireObject, name: string): number {
  const value = fields[name];
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw invalid(name, 'must be a number');
}

export function textField(fields: WireObject, name: string): string {
  const value = fields[name];
  if (typeof value === 'string' && value !== '') return value;
  throw invalid(name, 'must be a text');
}

const optional = <Value>(fields: WireObject, name: string, read: (fields: WireObject, name: string) => Value) =>
  fields[name] === undefined ? undefined : read(fields, name);

export const optionalText = (fields: WireObject, name: string): string | undefined => optional(fields, name, textField);

export function socketFilter(body: unknown): SocketFilter {
  const fields = fieldsOf(body);
  const kind = optionalText(fields, 'kind');
  const customerId = optionalText(fields, 'customerId');
  if (kind !== undefined && kind !== 'dxlink' && kind !== 'streamer') throw invalid('kind');
  return { ...(kind === undefined ? {} : { kind }), ...(customerId === undefined ? {} : { customerId }) };
}

export function faultRule(body: unknown): FaultRule {
  const fields = fieldsOf(body);
  const method = optionalText(fields, 'method');
  const times = optional(fields, 'times', numberField);
  return {
    route: textField(fields, 'route'),
    fault: fault(fieldsOf(fields['fault'])),
    ...(method === undefined ? {} : { method }),
    ...(times === undefined ? {} : { times }),
  };
}

function fault(fields: WireObject): Fault {
  const { kind } = fields;
  switch (kind) {
    case 'latency':
      return { kind, ms: numberField(fields, 'ms') };
    case 'status':
      return { kind, status: numberField(fields, 'status'), body: fields['body'] };
    case 'accept-late':
      return {
        kind,
        afterMs: numberField(fields, 'afterMs'),
        client: fields['client'] === 'waiting' ? 'waiting' : 'cut',
      };
    case 'oversized':
      return { kind, bytes: numberField(fields, 'bytes') };
    case 'reset':
    case 'hang':
    case 'accept-then-drop':
    case 'garbage':
      return { kind };
    default:
      throw invalid('fault.kind', 'does not have a valid value');
  }
}
