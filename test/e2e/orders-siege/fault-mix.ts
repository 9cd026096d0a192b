import type { Fault, FaultRule } from '../../../src/simulator/faults/fault-rules.ts';

/** What becomes of the POSTs of orders, each with its share of all of them. Together: half. */
const MIX: readonly { readonly share: number; readonly fault: Fault }[] = [
  { share: 0.1, fault: { kind: 'accept-then-drop' } },
  { share: 0.06, fault: { kind: 'accept-then-status', status: 502 } },
  { share: 0.04, fault: { kind: 'accept-then-status', status: 504, body: 'Gateway Time-out' } },
  { share: 0.04, fault: { kind: 'accept-late', afterMs: 500, client: 'cut' } },
  { share: 0.04, fault: { kind: 'accept-late', afterMs: 6000, client: 'cut' } },
  { share: 0.02, fault: { kind: 'accept-late', afterMs: 25_000, client: 'cut' } },
  { share: 0.02, fault: { kind: 'accept-late', afterMs: 12_000, client: 'waiting' } },
  { share: 0.07, fault: { kind: 'reset' } },
  { share: 0.06, fault: { kind: 'status', status: 503 } },
  { share: 0.02, fault: { kind: 'hang' } },
  { share: 0.03, fault: { kind: 'garbage' } },
];

/** The rules are asked one after the other: each has its chance among what those before it let go. */
export function faultMix(): readonly FaultRule[] {
  let left = 1;
  return MIX.map(({ share, fault }) => {
    const chance = share / left;
    left -= share;
    return { method: 'POST', route: '/accounts/*/orders', exact: true, chance, fault };
  });
}
