import type { Query } from './route.ts';
import type { EndpointClass } from '../upstream.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** One call of the broker's REST interface. `path` is built by `route`, never by hand. */
export type Call = {
  readonly method: Method;
  readonly path: string;
  readonly query?: Query;
  /** Plain JSON. */
  readonly body?: unknown;
  readonly endpoint: EndpointClass;
};

/** A whole answer, read to its end and not yet understood. */
export type Reply = { readonly status: number; readonly text: string; readonly retryAfter?: string };

export const isSuccess = (reply: Reply): boolean => reply.status >= 200 && reply.status < 300;
