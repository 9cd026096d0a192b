import { type Command, Option } from 'commander';
import type { Clock } from '../core/clock.ts';
import { readCancelRequest, requestCancelAll } from '../tenancy/operator/operator-cancel.ts';
import type { OperatorDeps } from '../tenancy/operator/operator-scope.ts';
import { listSwitches, setSwitch } from '../tenancy/operator/operator-switch.ts';
import type { CommandDeps } from './command-deps.ts';
import { operatorName } from './operator-name.ts';
import { cancelText, setText, switchTable } from './switch-words.ts';
import { withTenancy } from './with-tenancy.ts';

type SwitchOptions = { readonly tenant?: string; readonly reason: string; readonly cancelAll?: boolean };

const WAIT_MS = 30_000;
const POLL_MS = 250;

/** `switch on|off|list|progress`. */
export function addSwitchCommand(program: Command, deps: CommandDeps): void {
  const command = program.command('switch').description('stop trading, and let it go on');
  const reason = () => new Option('--reason <text>', 'why, for those who read it later').makeOptionMandatory();
  const tenant = () => new Option('--tenant <name>', 'only this tenant; without it, every tenant');
  command
    .command('on')
    .description(
      'stop trading, on every replica within a second: no new order, no replacement; reads and cancels go on',
    )
    .addOption(tenant())
    .addOption(reason())
    .option('--cancel-all', 'also cancel all orders that work at the broker; a running gateway does it')
    .action((options: SwitchOptions) => flip(true, options, deps));
  command
    .command('off')
    .description('let trading go on')
    .addOption(tenant())
    .addOption(reason())
    .action((options: SwitchOptions) => flip(false, options, deps));
  command
    .command('list')
    .description('every switch that was ever set, who set it, and why')
    .action(() =>
      withTenancy(deps, async ({ registry, storage: { switches } }, { clock, ids }) =>
        switchTable(await listSwitches({ registry, switches, clock, ids })),
      ),
    );
  command
    .command('progress <id>')
    .description('how far a cancelling is that a gateway took up, or has yet to')
    .action((id: string) =>
      withTenancy(deps, async ({ registry, storage: { switches } }, { clock, ids }) =>
        cancelText(await readCancelRequest({ registry, switches, clock, ids }, id)),
      ),
    );
}

async function flip(isOn: boolean, options: SwitchOptions, deps: CommandDeps): Promise<void> {
  const { tenant, reason, cancelAll = false } = options;
  const change = { reason, by: operatorName(), ...(tenant === undefined ? {} : { tenant }) };
  await withTenancy(deps, async ({ registry, storage: { switches } }, { clock, ids }) => {
    const operator: OperatorDeps = { registry, switches, clock, ids };
    const state = await setSwitch(operator, { ...change, isOn });
    const told = setText(state, await listSwitches(operator));
    if (!cancelAll) return told;
    // Told at once: the stop holds already, whatever becomes of the cancelling.
    deps.io.stdout.write(told);
    return waitForCancels(operator, await requestCancelAll(operator, change), clock);
  });
}

/** What came of a request, as far as it is after half a minute. */
async function waitForCancels(operator: OperatorDeps, id: string, clock: Clock): Promise<string> {
  const until = clock.monotonicMs() + WAIT_MS;
  for (;;) {
    const state = await readCancelRequest(operator, id);
    if (state.progress === 'done' || clock.monotonicMs() >= until) return cancelText(state);
    await clock.sleep(POLL_MS);
  }
}
