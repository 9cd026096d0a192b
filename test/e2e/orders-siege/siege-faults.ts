import type { SiegeReport } from './siege.ts';

const LISTS = ['duplicates', 'lost', 'untrue', 'late', 'unaudited', 'refusals'] as const;

/** Everything in a report that must not be there, in words; empty when the siege was stood. */
export function siegeFaults(report: SiegeReport): readonly string[] {
  return [
    ...LISTS.flatMap((name) => report[name].map((fault) => `${name}: ${fault}`)),
    ...(report.flaggedThoughFindable > 0
      ? [`flagged: ${report.flaggedThoughFindable} that could have been found`]
      : []),
    // A kill or a fault of the broker's is foreseen: no call may end in a defect because of it.
    ...(report.errors['internal'] === undefined
      ? []
      : [`errors: ${report.errors['internal']} calls ended in a defect`]),
    ...(report.auditVerify === 0 ? [] : [`audit verify ended with ${report.auditVerify}`]),
  ];
}
