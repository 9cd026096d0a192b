import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { GatewayError } from '../../../src/core/errors.ts';

function faultsOf(variables: Record<string, string>): string[] {
  try {
    readConfig(variables);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(GatewayError);
    if (thrown instanceof GatewayError) return (thrown.details?.['faults'] ?? []) as string[];
  }
  return [];
}

describe('readConfig', () => {
  it('needs nothing: local mode on loopback, development identity, embedded paper', () => {
    const config = readConfig({});
    expect(config).toMatchObject({ host: '127.0.0.1', port: 8000, identity: { kind: 'development' } });
    expect(config.hosts.paper).toBeUndefined();
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('treats an empty variable as absent', () => {
    expect(readConfig({ PORT: '', JWT_ISSUER: '' })).toMatchObject({ port: 8000, identity: { kind: 'development' } });
  });

  it('tells every fault at once, without repeating a value', () => {
    const faults = faultsOf({ PORT: '99999', LOG_LEVEL: 'loud', DATABASE_URL: 'mysql://secret-value' });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual(['PORT', 'DATABASE_URL', 'LOG_LEVEL']);
    expect(faults.join()).not.toContain('secret-value');
  });

  it('takes the audience from PUBLIC_URL when JWT_AUDIENCE is not set', () => {
    const config = readConfig({ JWT_ISSUER: 'https://id.example', PUBLIC_URL: 'https://gw.example/' });
    expect(config.identity).toEqual({ kind: 'jwt', issuer: 'https://id.example', audience: 'https://gw.example/mcp' });
  });

  it.each([
    [{ JWT_AUDIENCE: 'x', PUBLIC_URL: 'https://gw.example' }, 'JWT_ISSUER'],
    [{ JWT_ISSUER: 'https://id.example' }, 'PUBLIC_URL'],
    [{ TASTYTRADE_CLIENT_SECRET: 'x' }, 'TASTYTRADE_CLIENT_SECRET'],
    [{ TASTYTRADE_LIVE_URL: 'https://user:pass@host' }, 'TASTYTRADE_LIVE_URL'],
    [{ TASTYTRADE_LIVE_URL: 'ftp://host' }, 'TASTYTRADE_LIVE_URL'],
  ])('refuses %j and names %s', (variables, name) => {
    expect(faultsOf(variables as Record<string, string>).join()).toContain(name);
  });

  it('drains only where somebody may stand before it, and within its grace', () => {
    const hosted = { JWT_ISSUER: 'https://id.example', PUBLIC_URL: 'https://gw.example' };
    const drainMs = (variables: Record<string, string>) => readConfig(variables).shutdownDrainMs;
    expect(drainMs({})).toBe(0);
    expect(drainMs(hosted)).toBe(5000);
    expect(drainMs({ ...hosted, SHUTDOWN_GRACE_MS: '6000' })).toBe(3000);
    expect(drainMs({ SHUTDOWN_DRAIN_MS: '700' })).toBe(700);
    expect(faultsOf({ SHUTDOWN_GRACE_MS: '5000', SHUTDOWN_DRAIN_MS: '5000' }).join()).toContain('SHUTDOWN_DRAIN_MS');
  });

  it('derives the paper streamer from the paper address', () => {
    expect(readConfig({ TASTYTRADE_PAPER_URL: 'http://127.0.0.1:9/' }).hosts.paper).toEqual({
      restUrl: 'http://127.0.0.1:9',
      streamerUrl: 'ws://127.0.0.1:9',
    });
  });

  it("reads the rules of stdio's person over the defaults of their environment", () => {
    const TASTYTRADE_PLAN = '{"max_notional": 5000, "confirm": {"above": "100"}, "symbols": {"deny": ["gme"]}}';
    expect(readConfig({ TASTYTRADE_PLAN }).personPlan).toEqual({
      maxNotional: '5000',
      confirm: { above: '100' },
      symbols: { deny: ['GME'] },
    });
    expect(readConfig({}).personPlan).toBeUndefined();
  });

  it.each([
    '{',
    '[]',
    '5',
    '{"canary": 1}',
    '{"max_notional": "-1"}',
    '{"read_only": "yes"}',
    '{"canary": 1, "session": 1}',
  ])('refuses to start under rules that it does not understand: %s', (TASTYTRADE_PLAN) => {
    const faults = faultsOf({ TASTYTRADE_PLAN });
    expect(faults.join()).toContain('TASTYTRADE_PLAN: ');
    expect(faults.join()).not.toContain('canary');
  });
});
