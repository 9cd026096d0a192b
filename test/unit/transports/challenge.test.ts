import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/core/errors.ts';
import { challengeFor, insufficientScope } from '../../../src/transports/http/challenge.ts';
import { callerOf } from '../../support/edge/stub-tenant.ts';

const publicUrl = 'https://gateway.example';

describe('a challenge', () => {
  it('keeps the scopes that the caller has, and never offers more than is needed', () => {
    const scopeOf = (error: GatewayError) =>
      /scope="([^"]*)"/u.exec(challengeFor({ publicUrl, error, hasToken: true }) ?? '')?.[1];
    expect(scopeOf(insufficientScope(callerOf('ada', 'read'), 'trade'))).toBe('read trade');
    expect(scopeOf(insufficientScope(callerOf('ada'), 'trade'))).toBe('trade');
    expect(scopeOf(insufficientScope(callerOf('ada', 'trade', 'read'), 'admin'))).toBe('read trade admin');
  });

  it('cannot be broken out of by a message', () => {
    const error = new GatewayError('unauthenticated', 'a "quoted" \\ line\r\nSet-Cookie: x');
    const challenge = challengeFor({ publicUrl, error, hasToken: true });
    expect(challenge).toContain(`error_description="a 'quoted' ' line''Set-Cookie: x"`);
    expect(challenge).not.toMatch(/[\r\n]/u);
  });

  it('is not made of refusals that a token would not change', () => {
    for (const code of ['tenant_unknown', 'forbidden', 'rate_limited'] as const) {
      expect(challengeFor({ publicUrl, error: new GatewayError(code, ''), hasToken: true })).toBeUndefined();
    }
  });
});
