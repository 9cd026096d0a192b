import type { Customer, WireObject } from '../engine/desk.ts';
import type { AccessToken } from '../oauth/access-tokens.ts';
import { answerTokenRequest } from '../oauth/token-request.ts';
import { insufficientScopes, notPermitted, unauthorized, unsupportedVersion, WireRefusal } from '../wire-refusal.ts';
import type { World } from '../world.ts';
import { nginxPage } from './nginx-page.ts';
import type { Query, Route } from './route.ts';

/** One HTTP request as far as the wire looks at it. */
export type WireRequest = {
  readonly method: string;
  /** As sent, without the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: unknown;
};

/** A text is an HTML page; an object is JSON. */
export type WireAnswer = { readonly status: number; readonly body: WireObject | string };

export type AnswerRequest = (request: WireRequest) => WireAnswer;

/** A product token first, as every HTTP library sends one; the broker's own package sends no version with it. */
const USER_AGENT = /^[!#$%&'*+.^_`|~\w-]+(?:\/\S+)?(?:\s.*)?$/u;
const FIRST_VERSION = 20230101;
const SUPPORT_ID_LENGTH = 32;

/** What the broker does before any service sees a call: front server, version, login, scope, ownership. */
export function answerRoute(world: World, route: Route): AnswerRequest {
  return guarded(world, (request) => {
    const version = acceptVersion(request);
    const { customer, scopes } = login(world, request);
    if (!scopes.includes(route.scope)) throw insufficientScopes();
    const { account } = request.params;
    if (account !== undefined && !customer.accounts.includes(account)) throw notPermitted();
    world.desk.advance();
    const { params, query, body, path: context } = request;
    const host = header(request, 'host') ?? '';
    return route.answer({ customer, params, query, body, context, host, version });
  });
}

export function answerToken(world: World): AnswerRequest {
  return guarded(world, (request) => {
    acceptVersion(request);
    const { body } = request;
    const fields = typeof body === 'object' && body !== null ? { ...body } : {};
    return { status: 200, body: answerTokenRequest(world, fields) };
  });
}

/** Runs `answer` behind the front server; a refusal becomes an answer, and a defect a 500 that is logged. */
export function guarded(world: World, answer: AnswerRequest): AnswerRequest {
  return (request) => {
    if (!USER_AGENT.test(header(request, 'user-agent') ?? '')) return { status: 401, body: nginxPage(401) };
    try {
      return answer(request);
    } catch (thrown) {
      if (thrown instanceof WireRefusal) return { status: thrown.status, body: thrown.body };
      world.log.error({ cause: thrown, route: request.path }, 'The simulator failed to answer');
      const message = `An internal error occurred. Unique customer support identifier: ${supportId(world)}`;
      return { status: 500, body: { error: { code: 'internal_server_error', message } } };
    }
  };
}

function header(request: WireRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

const supportId = (world: World): string => world.ids.uuid().replaceAll('-', '').slice(0, SUPPORT_ID_LENGTH);

function acceptVersion(request: WireRequest): number | undefined {
  const sent = header(request, 'accept-version');
  if (sent === undefined) return undefined;
  const version = /^\d{8}$/u.test(sent) ? Number(sent) : Number.NaN;
  if (!(version >= FIRST_VERSION)) throw unsupportedVersion(sent);
  return version;
}

/** Who sends a call, by its access token; undefined for a bad one. */
export function bearerOf(world: World, request: WireRequest): AccessToken | undefined {
  const token = /^Bearer (?<token>\S+)$/u.exec(header(request, 'authorization') ?? '')?.groups?.['token'];
  return token === undefined ? undefined : world.tokens.read(token);
}

function login(world: World, request: WireRequest): { customer: Customer; scopes: readonly string[] } {
  const held = bearerOf(world, request);
  if (held === undefined) throw unauthorized(supportId(world));
  return { customer: world.desk.customer(held.customerId), scopes: held.scopes };
}
