import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSimulator, type OpenSimulator } from './open-simulator.ts';

describe('the simulated token endpoint', () => {
  let open: OpenSimulator;
  beforeAll(async () => {
    open = await openSimulator();
  });
  afterAll(async () => {
    await open.simulator.close();
    expect(open.errors).toEqual([]);
  });

  const bodyFor = (customerId: string) => {
    const { clientSecret, refreshToken } = open.simulator.grantFor(customerId);
    return { grant_type: 'refresh_token', refresh_token: refreshToken, client_secret: clientSecret };
  };

  it('answers JSON and form bodies alike, without an envelope and without a new refresh token', async () => {
    const json = await open.ask('POST', '/oauth/token', { body: bodyFor('margin') });
    const form = await open.ask('POST', '/oauth/token', {
      body: new URLSearchParams(bodyFor('margin')).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    for (const reply of [json, form]) {
      expect(reply.status).toBe(200);
      expect(reply.json).toEqual({
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 900,
        scope: 'read trade',
      });
    }
  });

  it('ends a token after 900 seconds, not before', async () => {
    const token = await open.login('margin');
    await open.clock.advance(899_000);
    expect((await open.ask('GET', '/customers/me', { token })).status).toBe(200);
    await open.clock.advance(1_000);
    const late = await open.ask('GET', '/customers/me', { token });
    expect(late.status).toBe(401);
    expect(late.at('error.code')).toBe('unauthorized');
    expect(late.at('error.message')).toMatch(/^Unauthorized\. Unique customer support identifier: [0-9a-f]{32}$/u);
  });

  it('refuses in its own shape, always with 400', async () => {
    const good = bodyFor('margin');
    const refuse = async (change: object): Promise<unknown> => {
      const reply = await open.ask('POST', '/oauth/token', { body: { ...good, ...change } });
      expect(reply.status).toBe(400);
      return reply.json;
    };
    expect(await refuse({ client_secret: 'wrong' })).toEqual({
      error_code: 'invalid_grant',
      error_description: 'Client secret mismatch',
    });
    expect(await refuse({ refresh_token: `${good.refresh_token}x` })).toEqual({
      error_code: 'invalid_grant',
      error_description: 'Invalid JWT',
    });
    expect(await refuse({ grant_type: 'password' })).toMatchObject({ error_code: 'unsupported_grant_type' });
    expect(await refuse({ client_secret: undefined })).toMatchObject({ error_code: 'invalid_request' });
    expect(await refuse({ scope: 'admin' })).toMatchObject({ error_code: 'invalid_scope' });
    open.simulator.control.revokeGrant('cash');
    const revoked = await open.ask('POST', '/oauth/token', { body: bodyFor('cash') });
    expect([revoked.status, revoked.json]).toEqual([
      400,
      { error_code: 'invalid_grant', error_description: 'Grant revoked' },
    ]);
    open.simulator.control.reset();
    expect((await open.ask('POST', '/oauth/token', { body: bodyFor('cash') })).status).toBe(200);
  });

  it('narrows to the asked-for scopes, never beyond those of the customer', async () => {
    const scopeOf = async (customerId: string, scope: string): Promise<string> =>
      String((await open.ask('POST', '/oauth/token', { body: { ...bodyFor(customerId), scope } })).at('scope'));
    expect(await scopeOf('margin', 'read')).toBe('read');
    expect(await scopeOf('margin', 'read trade openid')).toBe('read trade');
    expect(await scopeOf('read-only', 'read trade')).toBe('read');
  });

  it('lets a token without `trade` read, but not order', async () => {
    const narrow = await open.login('margin', 'read');
    const account = await open.accountOf(narrow);
    for (const [method, path] of [
      ['POST', 'orders'],
      ['POST', 'orders/dry-run'],
      ['PUT', 'orders/1'],
      ['DELETE', 'orders/1'],
      ['POST', 'complex-orders'],
    ] as const) {
      const body = method === 'DELETE' ? {} : { body: {} };
      const reply = await open.ask(method, `/accounts/${account}/${path}`, { token: narrow, ...body });
      expect(reply.status, path).toBe(403);
      expect(reply.at('error.message'), path).toContain('scope');
    }
    expect((await open.ask('GET', `/accounts/${account}/orders/live`, { token: narrow })).status).toBe(200);
  });

  it('opens a paper account of its own for a stranger', async () => {
    const one = await open.accountOf(await open.login('somebody-new'));
    const other = await open.accountOf(await open.login('somebody-else'));
    expect(one).not.toBe(other);
    expect(await open.accountOf(await open.login('somebody-new'))).toBe(one);
  });
});
