import type { Customer, WireObject } from '../engine/desk.ts';

export type Query = Readonly<Record<string, string | readonly string[]>>;

/** One authenticated REST call, its parts decoded. */
export type Call = {
  readonly customer: Customer;
  /** By name; the rest of the path under `*`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  /** Whatever JSON the client sent; undefined when it sent none. */
  readonly body: unknown;
  /** The request path as sent, without the query: what envelopes carry as `context`. */
  readonly context: string;
  /** The `host:port` that the client called. */
  readonly host: string;
  /** `Accept-Version` as a number, undefined when the client sent none. */
  readonly version: number | undefined;
};

export type Answer = { readonly status: number; readonly body: WireObject };

/**
 * One route of the broker. `answer` throws a WireRefusal to refuse; with an `:account` in its path it is asked for
 * accounts of the caller only.
 */
export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly scope: 'read' | 'trade';
  readonly answer: (call: Call) => Answer;
};

export const get = (path: string, answer: Route['answer']): Route => ({ method: 'GET', path, scope: 'read', answer });

/** The usual envelope around one object. */
export const one = (call: Call, data: WireObject, status = 200): Answer => ({
  status,
  body: { data, context: call.context },
});

/** The usual envelope around a list that is not paginated. */
export const list = (call: Call, items: readonly unknown[]): Answer => one(call, { items });

/** Some services answer without `context`. */
export const bareList = (items: readonly unknown[]): Answer => ({ status: 200, body: { data: { items } } });

export function param(call: Call, name: string): string {
  return call.params[name] ?? '';
}
