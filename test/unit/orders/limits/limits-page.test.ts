import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LIMIT_RULES } from '../../../../src/orders/limits/limit-check.ts';
import { MAX_QUOTE_AGE_MS } from '../../../../src/orders/pricing/net-market.ts';
import { PLAN_RULES, ruleText } from '../../../../src/tenancy/plan/plan-rules.ts';
import { DEFAULT_PLANS } from '../../../../src/tenancy/plan/plan.ts';

const page = readFileSync(new URL('../../../../docs/limits.md', import.meta.url), 'utf8');
const lines = page.split('\n').filter((line) => line.startsWith('|'));
const cells = lines.map((line) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('`', '')),
);
const limits = cells.filter(([rule]) => (LIMIT_RULES as readonly (string | undefined)[]).includes(rule));

/** Rows of both tables by the words that change them: the defaults stand in the two cells after those. */
const byChange = new Map(
  cells.flatMap((row) => {
    const at = row.length > 5 ? 2 : 1;
    const [change, live, paper] = row.slice(at, at + 3);
    return change === undefined ? [] : [[change, { live, paper, row }] as const];
  }),
);

describe('docs/limits.md', () => {
  it('has every limit, in the order in which they are looked at', () => {
    expect([...new Set(limits.map(([rule]) => rule))]).toEqual(LIMIT_RULES);
  });

  it.each(PLAN_RULES.map((rule) => [rule.name, rule] as const))(
    'tells the defaults of %s as they are',
    (name, rule) => {
      expect(byChange.get(name)).toMatchObject({
        live: ruleText(DEFAULT_PLANS.live, rule),
        paper: ruleText(DEFAULT_PLANS.paper, rule),
      });
      expect(ruleText(DEFAULT_PLANS.sandbox, rule)).toBe(ruleText(DEFAULT_PLANS.live, rule));
    },
  );

  it('names no rule of a plan that there is not', () => {
    const known = new Set([...PLAN_RULES.map(({ name }) => name), 'fixed', 'switch on, off', 'change with']);
    const unknown = [...byChange.keys()].filter((change) => !known.has(change) && !/^-+$/u.test(change));
    expect(unknown).toEqual([]);
  });

  it('tells the age at which a quote is stale', () => {
    const age = `${MAX_QUOTE_AGE_MS} ms`;
    expect(byChange.get('fixed')).toMatchObject({ live: age, paper: age });
  });

  it('says of every limit what happens when its figure cannot be read', () => {
    expect(limits.length).toBeGreaterThanOrEqual(LIMIT_RULES.length);
    expect(limits.filter((row) => row.length !== 6 || row.includes(''))).toEqual([]);
  });
});
