import Fastify from 'fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { FaultRules } from '../faults/fault-rules.ts';
import { malformedBody, noSuchRoute } from '../wire-refusal.ts';
import type { World } from '../world.ts';
import { answerRoute, answerToken, bearerOf, guarded, type AnswerRequest, type WireRequest } from './answer-request.ts';
import { createDelivery, send } from './deliver.ts';
import type { Query, Route } from './route.ts';

export type RestOptions = { readonly world: World; readonly faults: FaultRules; readonly routes: readonly Route[] };

const MAX_PARAMETER_LENGTH = 1000;

/** The HTTP side: routes, bodies and faults. It does not listen yet. */
export function createRestServer({ world, faults, routes }: RestOptions): FastifyInstance {
  const app = Fastify({
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    // The broker's own package does not encode the slash of `/ESZ6`.
    routerOptions: { ignoreDuplicateSlashes: true, maxParamLength: MAX_PARAMETER_LENGTH },
  });
  const delivery = createDelivery(world.clock);
  app.addHook('onClose', async () => delivery.cancelPending());
  readBodies(app);

  const serve = (method: Route['method'], url: string, answer: AnswerRequest): void => {
    app.route({
      method,
      url,
      handler: (request, reply) => {
        const asked = wireRequest(request);
        world.counters.requested(`${method} ${url}`, bearerOf(world, asked)?.customerId ?? null);
        return delivery.deliver(reply, () => answer(asked), faults.take(asked.method, asked.path));
      },
    });
  };
  serve('POST', '/oauth/token', answerToken(world));
  for (const route of routes) serve(route.method, route.path, answerRoute(world, route));

  const unknownRoute = guarded(world, () => {
    throw noSuchRoute();
  });
  const unreadable = guarded(world, () => {
    throw malformedBody();
  });
  app.setNotFoundHandler((request, reply) => send(reply, unknownRoute(wireRequest(request))));
  app.setErrorHandler((_error, request, reply) => send(reply, unreadable(wireRequest(request))));
  return app;
}

/** A call may announce JSON and send nothing, and the token call may come as a form. */
function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    try {
      const parsed: unknown = body === '' ? undefined : JSON.parse(String(body));
      done(null, parsed);
    } catch {
      done(new SyntaxError('The body is not JSON'));
    }
  });
}

function wireRequest(request: FastifyRequest): WireRequest {
  const path = request.url.split('?', 1)[0] ?? '';
  return {
    method: request.method,
    path,
    headers: request.headers,
    params: textValues(request.params),
    query: queryOf(request.query),
    body: request.body,
  };
}

function textValues(value: unknown): Record<string, string> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

function queryOf(value: unknown): Query {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.map(([key, sent]: [string, unknown]) => [key, Array.isArray(sent) ? sent.map(String) : String(sent)]),
  );
}
