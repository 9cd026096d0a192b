import { toIso } from '../core/clock.ts';
import type { CancelState } from '../tenancy/operator/operator-cancel.ts';
import type { OperatorScope } from '../tenancy/operator/operator-scope.ts';
import type { SwitchState } from '../tenancy/operator/operator-switch.ts';
import { table } from './table.ts';

const whom = (scope: OperatorScope): string => (scope.kind === 'global' ? 'every tenant' : nameOf(scope));
const nameOf = ({ id, name }: Extract<OperatorScope, { kind: 'tenant' }>): string => name ?? `removed tenant ${id}`;

/** Every switch, one line each. */
export function switchTable(states: readonly SwitchState[]): string {
  if (states.length === 0) return 'No switch was ever set: trading goes on for every tenant.\n';
  const rows = states.map(({ scope, isOn, at, by, reason }) => [
    whom(scope),
    isOn ? 'stopped' : 'goes on',
    toIso(at),
    by,
    reason,
  ]);
  return table(['WHO', 'TRADING', 'SINCE', 'BY', 'REASON'], rows);
}

/** What setting a switch did. `all` are the switches as they are now. */
export function setText({ scope, isOn }: SwitchState, all: readonly SwitchState[]): string {
  if (isOn)
    return `Trading is stopped for ${whom(scope)}, on every replica within a second. Reads and cancels go on.\n`;
  const others = all.filter((other) => other.isOn);
  const stopped = others.map((other) => whom(other.scope)).join(', ');
  if (scope.kind === 'global') {
    return `Trading goes on for every tenant${others.length === 0 ? '' : ` but ${stopped}, whose own switch is on`}.\n`;
  }
  return others.some((other) => other.scope.kind === 'global')
    ? `The switch of ${whom(scope)} is off, but trading stays stopped: the switch of every tenant is on.\n`
    : `Trading goes on for ${whom(scope)}.\n`;
}

/** How far a request to cancel all working orders is. */
export function cancelText({ id, progress, result = [] }: CancelState): string {
  switch (progress) {
    case 'queued':
      return `No gateway has taken up the cancelling yet. It stays queued: the next gateway that runs does it. ${again(id)}`;
    case 'under-way':
      return `A gateway is at the cancelling. ${again(id)}`;
    case 'done':
      return result.map((line) => `${line}\n`).join('');
  }
}

const again = (id: string): string => `Ask how far it is with: switch progress ${id}\n`;
