import { describe, expect, it } from 'vitest';
import { createFaultRules } from '../../../src/simulator/faults/fault-rules.ts';

const reset = { kind: 'reset' } as const;
const hang = { kind: 'hang' } as const;

describe('fault rules', () => {
  it('strikes by method and the beginning of the path, as often as told', () => {
    const rules = createFaultRules();
    rules.add({ method: 'POST', route: '/accounts/*/orders', times: 2, fault: reset });
    expect(rules.take('GET', '/accounts/5WT00001/orders')).toBeUndefined();
    expect(rules.take('POST', '/accounts/5WT00001/positions')).toBeUndefined();
    expect(rules.take('POST', '/accounts/5WT00001/orders')).toEqual(reset);
    expect(rules.take('POST', '/accounts/5WT00002/orders/dry-run')).toEqual(reset);
    expect(rules.take('POST', '/accounts/5WT00001/orders')).toBeUndefined();
  });

  it('lets the oldest matching rule strike first, and one without a count for ever', () => {
    const rules = createFaultRules();
    rules.add({ route: '/', times: 1, fault: hang });
    rules.add({ route: '/market-', fault: reset });
    expect(rules.take('GET', '/market-metrics')).toEqual(hang);
    for (let call = 0; call < 5; call += 1) expect(rules.take('GET', '/market-time/sessions')).toEqual(reset);
    expect(rules.take('GET', '/watchlists')).toBeUndefined();
    expect(rules.list()).toEqual([{ route: '/market-', fault: reset }]);
    rules.clear();
    expect(rules.take('GET', '/market-metrics')).toBeUndefined();
  });

  it('does not reach into a path that is shorter than the rule', () => {
    const rules = createFaultRules();
    rules.add({ route: '/accounts/*/orders', fault: reset });
    expect(rules.take('GET', '/accounts')).toBeUndefined();
  });
});
