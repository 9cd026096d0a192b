import { runManyClients } from '../many-clients.ts';
import type { Scenario } from '../scenario.ts';

export const stateless: Scenario = Object.freeze({
  number: '1b',
  title: 'Clients of the 2026-07-28 revision, round robin, a new connection for every request',
  expected: '2,000 clients: 0 session not found, 0 crossed answers, nothing lost or handled twice',
  run: (fleet, { short }) =>
    runManyClients(fleet, {
      era: '2026',
      clients: short ? 60 : 2000,
      atOnce: short ? 10 : 40,
      tenants: short ? 6 : 20,
    }),
} satisfies Scenario);
