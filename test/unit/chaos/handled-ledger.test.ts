import { expect, it } from 'vitest';
import { createHandledLedger } from '../../support/processes/handled-ledger.ts';

const line = (requestId: string, route = '/mcp') =>
  JSON.stringify({ level: 30, requestId, route, status: 200, msg: 'Request answered' });

it('counts how often each request was answered, and by which replica', () => {
  const handled = createHandledLedger();
  expect(handled.hear(0, line('a'))).toBe(true);
  handled.hear(2, line('b'));
  handled.hear(2, line('a'));
  handled.hear(1, line('probe', '/readyz'));
  expect([handled.times('a'), handled.times('b'), handled.times('c'), handled.times('probe')]).toEqual([2, 1, 0, 0]);
  expect(handled.twice()).toEqual(['a']);
  expect(handled.byReplica()).toEqual([1, 0, 2]);
  handled.clear();
  expect([handled.times('a'), handled.twice(), handled.byReplica()]).toEqual([0, [], []]);
});

it('keeps the sentences of warnings and errors, and lets other lines be', () => {
  const handled = createHandledLedger();
  expect(handled.hear(0, JSON.stringify({ level: 'warn', msg: 'Redis does not answer' }))).toBe(false);
  expect(handled.hear(1, JSON.stringify({ level: 50, msg: 'Redis does not answer' }))).toBe(false);
  expect(handled.hear(1, JSON.stringify({ level: 'info', msg: 'The gateway is ready' }))).toBe(false);
  expect(handled.hear(1, 'Error: no JSON')).toBe(false);
  expect(handled.warnings()).toEqual({ 'Redis does not answer': 2 });
});
