import { epochMs, type EpochMs } from '../../core/clock.ts';
import type { SwitchRow } from '../../storage/stores/ledger-store.ts';
import {
  type OperatorDeps,
  type OperatorScope,
  type OperatorWish,
  readReason,
  scopeOf,
  scopeStored,
  storedScope,
} from './operator-scope.ts';

/** A kill switch as it was last set. `isOn`: trading is stopped. */
export type SwitchState = {
  readonly scope: OperatorScope;
  readonly isOn: boolean;
  readonly reason: string;
  readonly by: string;
  readonly at: EpochMs;
};

export type SwitchChange = OperatorWish & { readonly isOn: boolean };

/** Stops trading, or lets it go on. Holds for every replica within a second. Throws `not_found` and `invalid_input`. */
export async function setSwitch(deps: OperatorDeps, change: SwitchChange): Promise<SwitchState> {
  const scope = await scopeOf(deps, change.tenant);
  const row: SwitchRow = {
    scope: storedScope(scope),
    isOn: change.isOn ? 1 : 0,
    reason: readReason(change.reason),
    by: change.by,
    at: deps.clock.now(),
  };
  await deps.switches.set(row);
  return toState(row, scope);
}

/** Every switch that was ever set, the global one first. */
export async function listSwitches(deps: OperatorDeps): Promise<readonly SwitchState[]> {
  const rows = await deps.switches.list();
  const states = await Promise.all(rows.map(async (row) => toState(row, await scopeStored(deps, row.scope))));
  return [...states.filter(isGlobal), ...states.filter((state) => !isGlobal(state))];
}

const isGlobal = ({ scope }: SwitchState): boolean => scope.kind === 'global';

const toState = ({ isOn, reason, by, at }: SwitchRow, scope: OperatorScope): SwitchState => ({
  scope,
  isOn: isOn !== 0,
  reason,
  by,
  at: epochMs(at),
});
