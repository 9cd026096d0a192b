import type { Command } from 'commander';
import { PLAN_RULES } from '../tenancy/plan/plan-rules.ts';
import type { CommandDeps } from './command-deps.ts';
import { operatorName } from './operator-name.ts';
import { changeText, planTable } from './plan-words.ts';
import { readResets, readSettings } from './read-plan-edits.ts';
import { withTenancy } from './with-tenancy.ts';

/** `plan show|set|reset`. */
export function addPlanCommand(program: Command, deps: CommandDeps): void {
  const plan = program.command('plan').description('see and change the rules for what a tenant may send');
  plan
    .command('show <name>')
    .description('all rules in force for a tenant, and which of them are its own')
    .action((name: string) => withTenancy(deps, async ({ registry }) => planTable(await registry.plan(name))));
  plan
    .command('set <name> <rule=value...>')
    .description('change rules of a tenant, within a second: plan set demo max-notional=5000 symbols.deny=TSLA,GME')
    .addHelpText('after', () => `\nRules:\n${ruleLines()}`)
    .action((name: string, settings: string[]) => set(name, settings, deps));
  plan
    .command('reset <name> [rule...]')
    .description("take rules back to the defaults of the tenant's environment; without a rule, all of them")
    .action((name: string, rules: string[]) => reset(name, rules, deps));
}

async function set(name: string, settings: readonly string[], deps: CommandDeps): Promise<void> {
  const edits = readSettings(settings);
  await withTenancy(deps, async ({ registry }) => changeText(await registry.changePlan(name, edits, operatorName())));
}

async function reset(name: string, rules: readonly string[], deps: CommandDeps): Promise<void> {
  const edits = readResets(rules);
  await withTenancy(deps, async ({ registry }) => {
    const by = operatorName();
    // Rules that are not understood can only go all at once.
    const isWhole = edits.length === 0;
    return changeText(
      isWhole ? await registry.setPlan(name, undefined, by) : await registry.changePlan(name, edits, by),
    );
  });
}

function ruleLines(): string {
  const width = Math.max(...PLAN_RULES.map(({ name }) => name.length));
  return PLAN_RULES.map(({ name, takes, means }) => `  ${name.padEnd(width)}  ${means}: ${takes}\n`).join('');
}
