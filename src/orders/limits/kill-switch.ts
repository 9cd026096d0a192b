import { quoted } from '../../core/quoted.ts';
import type { SwitchRow } from '../../storage/stores/ledger-store.ts';
import { GLOBAL_SCOPE } from '../../storage/stores/switch-scope.ts';
import type { LimitCheck } from './limit-check.ts';
import { passed, refused } from './verdict.ts';

const RULE = 'kill_switch';
const MAX_REASON = 200;

/** Stops every order, one that closes included. Reads and cancels go on. */
export function checkKillSwitch(stops: readonly SwitchRow[]): LimitCheck {
  const on = stops.filter(({ isOn }) => isOn !== 0);
  const stop = on.find(({ scope }) => scope === GLOBAL_SCOPE) ?? on[0];
  if (stop === undefined) return passed(RULE, { figure: 'off', limit: 'off', why: 'Trading is not stopped.' });
  const whom = stop.scope === GLOBAL_SCOPE ? 'for everybody' : 'for this tenant';
  const why = `An operator has stopped trading ${whom}.`;
  return { ...refused(RULE, { figure: `on ${whom}`, limit: 'off', why }), reason: quoted(stop.reason, MAX_REASON) };
}
