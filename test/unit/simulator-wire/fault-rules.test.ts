import { describe, expect, it } from 'vitest';
import { createFaultRules as createRules } from '../../../src/simulator/faults/fault-rules.ts';

const reset = { kind: 'reset' } as const;
const hang = { kind: 'hang' } as const;

/** Draws what it is given, then the middle. */
const createFaultRules = (...draws: number[]) => createRules({ fraction: () => draws.shift() ?? 0.5 });

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

  it('strikes a whole path only, when told', () => {
    const rules = createFaultRules();
    rules.add({ method: 'POST', route: '/accounts/*/orders', exact: true, fault: reset });
    rules.add({ method: 'DELETE', route: '/accounts/*/orders/*', exact: true, fault: hang });
    expect(rules.take('POST', '/accounts/5WT00001/orders/dry-run')).toBeUndefined();
    expect(rules.take('POST', '/accounts/5WT00001/orders-of-old')).toBeUndefined();
    expect(rules.take('POST', '/accounts/5WT00001')).toBeUndefined();
    expect(rules.take('POST', '/accounts/5WT00001/orders')).toEqual(reset);
    expect(rules.take('DELETE', '/accounts/5WT00001/orders/7')).toEqual(hang);
    expect(rules.take('PUT', '/accounts/5WT00001/orders/7')).toBeUndefined();
  });

  it('strikes as likely as told, and counts only the strikes', () => {
    const rules = createFaultRules(0.3, 0.29, 0.8, 0.5, 0.1, 0.9, 0.9);
    rules.add({ route: '/', times: 2, chance: 0.3, fault: reset });
    rules.add({ route: '/', chance: 0.5, fault: hang });
    expect(rules.take('GET', '/a')).toEqual(hang);
    expect(rules.take('GET', '/b')).toBeUndefined();
    expect(rules.list()[0]).toMatchObject({ times: 2 });
    expect(rules.take('GET', '/c')).toEqual(reset);
    expect(rules.list()[0]).toMatchObject({ times: 1, chance: 0.3 });
    expect(rules.take('GET', '/d')).toBeUndefined();
  });

  it('draws for no call that it does not match, always strikes with a chance of one and never with none', () => {
    const rules = createRules({
      fraction: () => {
        throw new Error('It drew');
      },
    });
    rules.add({ method: 'POST', route: '/', chance: 0.5, fault: reset });
    expect(rules.take('GET', '/a')).toBeUndefined();
    const sure = createFaultRules(0.999_999, 0);
    sure.add({ route: '/sure', chance: 1, fault: reset });
    sure.add({ route: '/never', chance: 0, fault: hang });
    expect(sure.take('GET', '/sure')).toEqual(reset);
    expect(sure.take('GET', '/never')).toBeUndefined();
  });

  it('does not reach into a path that is shorter than the rule', () => {
    const rules = createFaultRules();
    rules.add({ route: '/accounts/*/orders', fault: reset });
    expect(rules.take('GET', '/accounts')).toBeUndefined();
  });
});
