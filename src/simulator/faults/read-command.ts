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

function chanceField(fields: WireObject, name: string): number {
  const value = numberField(fields, name);
  if (value >= 0 && value <= 1) return value;
  throw invalid(name, 'must be from 0 to 1');
}

function statusField(fields: WireObject, name: string): number {
  const value = numberField(fields, name);
  if (Number.isInteger(value) && value >= 200 && value <= 599) return value;
  throw invalid(name, 'must be an HTTP status');
}

function flagField(fields: WireObject, name: string): boolean {
  const value = fields[name];
  if (typeof value === 'boolean') return value;
  throw invalid(name, 'must be true or false');
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
  const chance = optional(fields, 'chance', chanceField);
  const exact = optional(fields, 'exact', flagField);
  return {
    route: textField(fields, 'route'),
    fault: fault(fieldsOf(fields['fault'])),
    ...(method === undefined ? {} : { method }),
    ...(times === undefined ? {} : { times }),
    ...(chance === undefined ? {} : { chance }),
    ...(exact === undefined ? {} : { exact }),
  };
}

function fault(fields: WireObject): Fault {
  const { kind } = fields;
  switch (kind) {
    case 'latency':
      return { kind, ms: numberField(fields, 'ms') };
    case 'status':
    case 'accept-then-status':
      return { kind, status: statusField(fields, 'status'), body: fields['body'] };
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
