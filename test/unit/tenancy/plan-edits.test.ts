import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENVIRONMENTS } from '../../../src/broker/broker.ts';
import { type PlanEdit, editPlan, planSteps, wrongRules } from '../../../src/tenancy/plan/plan-edits.ts';
import { planToJson, PLAN_FIELDS, readPlanJson } from '../../../src/tenancy/plan/plan-json.ts';
import { findRule, PLAN_RULES, type PlanRule, ruleText } from '../../../src/tenancy/plan/plan-rules.ts';
import { DEFAULT_PLANS, parsePlanChanges, planOf } from '../../../src/tenancy/plan/plan.ts';

function rule(name: string): PlanRule {
  const found = findRule(name);
  if (found === undefined) throw new RangeError(`There is no rule ${name}`);
  return found;
}
const set = (name: string, text: string): PlanEdit => ({
  kind: 'set',
  rule: rule(name),
  value: rule(name).read(text),
});
const reset = (name: string): PlanEdit => ({ kind: 'reset', rule: rule(name) });

/** One value of each rule, as a command line has it, and how it is shown afterwards. */
const VALUES: [string, string, string][] = [
  ['read-only', 'yes', 'true'],
  ['closing-only', 'true', 'true'],
  ['accounts.allow', '5wt00001', '5WT00001'],
  ['accounts.deny', '5WT00001, 5WT00002', '5WT00001,5WT00002'],
  ['symbols.allow', 'SPY,BRK/B', 'SPY,BRK/B'],
  ['symbols.deny', 'tsla,GME', 'TSLA,GME'],
  ['instrument-types', 'equity-option,Equity', 'Equity Option,Equity'],
  ['max-shares', '10.50', '10.5'],
  ['max-contracts', '3', '3'],
  ['max-coins', '0.25', '0.25'],
  ['max-notional', '12345678901234567890.12', '12345678901234567890.12'],
  ['max-buying-power', '0', '0'],
  ['undefined-risk', 'true', 'true'],
  ['collar-percent', '2.5', '2.5'],
  ['session', 'any', 'any'],
  ['orders-per-minute', '7', '7'],
  ['orders-per-day', '0', '0'],
  ['daily-notional', '1', '1'],
  ['daily-loss', '1', '1'],
  ['duplicate-seconds', '3', '3'],
  ['confirm', 'above:1000', 'above:1000'],
  ['confirmation-seconds', '5', '5'],
];

const WRONG: [string, string][] = [
  ['read-only', 'TRUE'],
  ['read-only', ''],
  ['read-only', 'constructor'],
  ['symbols.deny', ''],
  ['symbols.deny', 'TSLA,,GME'],
  ['symbols.deny', 'TS LA'],
  ['symbols.allow', ','],
  ['instrument-types', 'Equity,Stock'],
  ['instrument-types', ''],
  ['max-notional', '-1'],
  ['max-notional', '5,000'],
  ['max-notional', '$5000'],
  ['max-notional', ''],
  ['max-notional', 'NaN'],
  ['max-notional', 'Infinity'],
  ['max-shares', '0x10'],
  ['session', 'closed'],
  ['orders-per-day', '1.5'],
  ['orders-per-day', '-1'],
  ['orders-per-day', '1000001'],
  ['orders-per-day', ' 7'],
  ['confirm', 'above:'],
  ['confirm', 'above:-1'],
  ['confirm', 'sometimes'],
  ['confirmation-seconds', '4'],
  ['confirmation-seconds', '601'],
];

describe('rules of a plan', () => {
  it('are all there, each with a name of its own', () => {
    expect(new Set(PLAN_RULES.map(({ key }) => key))).toEqual(new Set(Object.keys(DEFAULT_PLANS.live)));
    expect(new Set(PLAN_RULES.map(({ name }) => name)).size).toBe(PLAN_RULES.length);
    expect(VALUES.map(([name]) => name)).toEqual(PLAN_RULES.map(({ name }) => name));
    expect(PLAN_FIELDS).toHaveLength(Object.keys(DEFAULT_PLANS.live).length);
  });

  it.each(VALUES)('takes %s=%s, keeps it in JSON, and goes back to the default', (name, text, shown) => {
    expect(wrongRules([set(name, text)])).toEqual([]);
    for (const environment of ENVIRONMENTS) {
      const own = editPlan(environment, {}, [set(name, text)]);
      const plan = planOf(environment, own);
      expect(ruleText(plan, rule(name))).toBe(shown);
      expect(parsePlanChanges(JSON.parse(JSON.stringify(own)))).toEqual(own);
      expect(editPlan(environment, own, [set(name, shown)])).toEqual(own);
      expect(editPlan(environment, own, [reset(name)])).toEqual({});
      const others = PLAN_RULES.filter((each) => each.name !== name);
      for (const other of others) expect(ruleText(plan, other)).toBe(ruleText(DEFAULT_PLANS[environment], other));
    }
  });

  it.each(WRONG)('does not take %s=%s', (name, text) => {
    expect(wrongRules([set(name, text)]).map((each) => each.name)).toEqual([name]);
    expect(() => editPlan('live', {}, [set(name, text)])).toThrow(RangeError);
  });

  it('keeps one half of a rule about names while the other changes', () => {
    const both = editPlan('live', {}, [set('symbols.deny', 'TSLA'), set('symbols.allow', 'SPY,QQQ')]);
    expect(both).toEqual({ symbols: { allow: ['SPY', 'QQQ'], deny: ['TSLA'] } });
    expect(editPlan('live', both, [set('symbols.deny', 'GME')])).toEqual({
      symbols: { allow: ['SPY', 'QQQ'], deny: ['GME'] },
    });
    expect(editPlan('live', both, [reset('symbols.allow')])).toEqual({ symbols: { deny: ['TSLA'] } });
    expect(editPlan('live', both, [reset('symbols.deny')])).toEqual({ symbols: { allow: ['SPY', 'QQQ'], deny: [] } });
    expect(editPlan('live', both, [reset('symbols.deny'), reset('symbols.allow')])).toEqual({});
  });

  it('tells what differs, and only that', () => {
    const own = editPlan('live', {}, [set('max-notional', '5000'), set('session', 'open')]);
    expect(planSteps(DEFAULT_PLANS.live, planOf('live', own))).toEqual([
      { rule: 'max-notional', from: '10000', to: '5000' },
    ]);
  });
});

describe('a plan as JSON', () => {
  it('reads what it writes, whatever was set', () => {
    const some = fc.subarray(VALUES.map(([name, text]) => set(name, text)));
    fc.assert(
      fc.property(some, fc.constantFrom(...ENVIRONMENTS), (edits, environment) => {
        const own = editPlan(environment, {}, edits);
        const read = readPlanJson(JSON.parse(JSON.stringify(planToJson(own))));
        expect(read.faults).toEqual([]);
        expect(editPlan(environment, {}, read.edits)).toEqual(own);
      }),
    );
  });

  it('resets by null, a whole rule or half of one', () => {
    const own = editPlan('paper', {}, [
      set('symbols.deny', 'TSLA'),
      set('symbols.allow', 'SPY'),
      set('accounts.deny', 'A'),
    ]);
    const { edits, faults } = readPlanJson({ symbols: { allow: null }, accounts: null, max_notional: null });
    expect(faults).toEqual([]);
    expect(editPlan('paper', own, edits)).toEqual({ symbols: { deny: ['TSLA'] } });
  });

  it('takes the names that rules have in the code too, but no rule twice', () => {
    expect(editPlan('paper', {}, readPlanJson({ maxNotional: '5' }).edits)).toEqual({ maxNotional: '5' });
    expect(readPlanJson({ maxNotional: '5', max_notional: '6' }).faults).toEqual([
      { field: 'max_notional', problem: 'max_notional is given twice' },
    ]);
  });

  it.each<[unknown, string]>([
    [undefined, 'body'],
    [null, 'body'],
    [[], 'body'],
    ['max_notional', 'body'],
    [{ limit: 5 }, 'limit'],
    [JSON.parse('{"__proto__": {"max_notional": "1"}}'), '__proto__'],
    [{ constructor: 1 }, 'constructor'],
    [{ max_notional: -5 }, 'max_notional'],
    [{ max_notional: true }, 'max_notional'],
    [{ max_notional: {} }, 'max_notional'],
    [{ read_only: 'true' }, 'read_only'],
    [{ orders_per_day: '5' }, 'orders_per_day'],
    [{ confirm: { above: '1', below: '2' } }, 'confirm'],
    [{ confirm: 'above:1' }, 'confirm'],
    [{ symbols: ['TSLA'] }, 'symbols'],
    [{ symbols: { denied: ['TSLA'] } }, 'symbols'],
    [{ symbols: { deny: 'TSLA' } }, 'symbols.deny'],
    [{ symbols: { deny: ['TS LA'] } }, 'symbols.deny'],
    [{ instrument_types: ['Stock'] }, 'instrument_types'],
  ])('names the field at fault of %j', (body, field) => {
    const { faults } = readPlanJson(body);
    expect(faults.map((fault) => fault.field)).toEqual([field]);
  });
});
