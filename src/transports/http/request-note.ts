import type { FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    [note: symbol]: unknown;
  }
}

/** What one part of the edge keeps of each request while it is served. */
export type RequestNote<Value> = {
  of(request: FastifyRequest): Value | undefined;
  set(request: FastifyRequest, value: Value): void;
};

/**
 * Kept on the request itself, under a name that nobody else has. In a `WeakMap` it would outlive the request by a collection or
 * two, and all that it reaches with it: under load that is most of what the collector has to carry about.
 */
export function requestNote<Value>(what: string): RequestNote<Value> {
  const key = Symbol(what);
  return {
    // Nobody else has the key.
    of: (request) => request[key] as Value | undefined,
    set(request, value) {
      request[key] = value;
    },
  };
}
