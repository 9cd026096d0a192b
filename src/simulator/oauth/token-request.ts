import type { WireObject } from '../engine/desk.ts';
import { WireRefusal } from '../wire-refusal.ts';
import type { World } from '../world.ts';
import { ACCESS_TOKEN_SECONDS, type Scope } from './access-tokens.ts';

const refused = (error_code: string, error_description: string): WireRefusal =>
  new WireRefusal(400, { error_code, error_description });

function required(body: WireObject, field: string): string {
  const value = body[field];
  if (typeof value === 'string' && value !== '') return value;
  throw refused('invalid_request', `Missing required parameter: ${field}`);
}

/** A request may ask for less than the grant holds, never for more; asking for nothing means all of it. */
function narrow(requested: unknown, granted: readonly Scope[]): readonly Scope[] {
  if (typeof requested !== 'string' || requested.trim() === '') return granted;
  const wanted = new Set(requested.trim().split(/\s+/u));
  const scopes = granted.filter((scope) => wanted.has(scope));
  if (scopes.length === 0) throw refused('invalid_scope', 'The requested scope is invalid');
  return scopes;
}

/**
 * Answers `POST /oauth/token` (contract §2.1): no envelope, snake_case, and refusals of their own shape, always 400.
 * The refresh token does not rotate.
 */
export function answerTokenRequest(world: World, body: WireObject): WireObject {
  if (required(body, 'grant_type') !== 'refresh_token') {
    throw refused('unsupported_grant_type', 'Only the refresh_token grant is served');
  }
  const presented = { refreshToken: required(body, 'refresh_token'), clientSecret: required(body, 'client_secret') };
  const check = world.grants.check(presented);
  if (check.kind === 'refused') {
    world.counters.tokenRefused();
    throw refused('invalid_grant', check.why);
  }
  const scopes = narrow(body['scope'], world.desk.customer(check.customerId).scopes);
  world.counters.tokenGranted(check.customerId);
  return {
    access_token: world.tokens.issue(check.customerId, scopes),
    token_type: 'Bearer',
    expires_in: ACCESS_TOKEN_SECONDS,
    scope: scopes.join(' '),
  };
}
