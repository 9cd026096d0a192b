import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestGateway, startTestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
const seen: string[] = [];

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

/** Every way in which a text may be written down. */
function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    bytes.toString('base64').replace(/=+$/u, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    encodeURIComponent(secret),
  ];
}

async function ask(token: string, tool: string, args: Record<string, unknown> = {}): Promise<void> {
  const message = { id: 1, method: 'tools/call', params: { name: tool, arguments: args } };
  const response = await gateway.post(token, message);
  seen.push(JSON.stringify([...response.headers]), await response.text());
}

async function provokeEverything(token: string): Promise<void> {
  const { control } = gateway.simulator;
  await ask(token, 'get_balances');
  await ask(token, 'get_quotes', { instruments: [{ symbol: 'SPY' }] });
  for (const fault of [
    { kind: 'status', status: 401 },
    { kind: 'status', status: 500 },
    { kind: 'reset' },
    { kind: 'garbage' },
  ] as const) {
    control.addFault({ route: '/accounts', times: 3, fault });
    await ask(token, 'get_balances');
    control.clearFaults();
  }
  control.expireTokens();
  control.addFault({ route: '/oauth/token', times: 2, fault: { kind: 'garbage' } });
  await ask(token, 'get_positions');
  control.reset();
  await ask(token, 'place_order', { legs: [{ symbol: 'SPY', action: 'buy', quantity: 1 }], price: -1 });
  await ask(`${token}x`, 'get_balances');
  await ask(token, 'get_balances', { account_number: token });
  for (const path of ['/metrics', '/livez', '/readyz', '/nowhere', `/mcp?access_token=${token}`]) {
    const response = await fetch(`${gateway.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    seen.push(await response.text());
  }
}

describe('planted secrets', () => {
  it('appear in no log line, no answer and no file of the database', async () => {
    const token = gateway.token('demo');
    const grant = gateway.simulator.grantFor('margin');
    await provokeEverything(token);
    const secrets = [token, grant.clientSecret, grant.refreshToken].flatMap(spellings);
    expect(gateway.logLines.length).toBeGreaterThan(10);
    expect(seen.length).toBeGreaterThan(10);
    const files = readdirSync(gateway.dataDir).filter((name) => name.includes('sqlite') || name.includes('.db'));
    expect(files.length).toBeGreaterThan(0);
    const places = new Map<string, string>([
      ['the log', gateway.logLines.join('\n')],
      ['the answers', seen.join('\n')],
      ...files.map((name) => [name, readFileSync(join(gateway.dataDir, name), 'latin1')] as const),
    ]);
    const leaks = [...places].flatMap(([place, text]) =>
      secrets.filter((secret) => text.includes(secret)).map(() => place),
    );
    expect(leaks).toEqual([]);
    // Access and quote tokens are minted while it runs: none of that shape may be anywhere either.
    const minted = [...places].filter(([, text]) => /eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/u.test(text));
    expect(minted.map(([place]) => place)).toEqual([]);
  });

  it('are found by this very search when they are there', () => {
    const token = gateway.token('demo');
    expect(spellings(token).some((spelling) => `x${Buffer.from(token).toString('hex')}y`.includes(spelling))).toBe(
      true,
    );
  });
});
