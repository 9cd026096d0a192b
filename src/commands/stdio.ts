import type { Readable, Writable } from 'node:stream';
import { SCOPES } from '../auth/scopes.ts';
import { accountNumber } from '../broker/model/symbol.ts';
import type { BrokerGrant } from '../broker/upstream.ts';
import { composeCalls } from '../compose/calls.ts';
import { composeOffer } from '../compose/offer.ts';
import { observeOrders } from '../compose/observe-ledger.ts';
import { openOrderDesk } from '../compose/order-desk.ts';
import { openEmbeddedPaper, paperGrant } from '../compose/paper.ts';
import { openAlone } from '../compose/shared.ts';
import { type Basics, openTenancy } from '../compose/tenancy.ts';
import { personEnvironment } from '../config.ts';
import { epochMs } from '../core/clock.ts';
import type { Metrics } from '../observability/metrics.ts';
import { createOpenContext } from '../tenancy/create-open-context.ts';
import { planOf } from '../tenancy/plan/plan.ts';
import type { Tenant, TenantId, TenantRecord } from '../tenancy/tenant.ts';
import { serveStdio } from '../transports/stdio.ts';
import type { Running } from './running.ts';

export type StdioParts = Basics & {
  readonly metrics: Metrics;
  readonly input: Readable;
  readonly output: Writable;
  /** Once, when the client has gone. */
  readonly onEnd: () => void;
};

/** The simulator's customer that a person without a grant of their own trades as. */
const PAPER_CUSTOMER = 'margin';
const NEVER = epochMs(Number.MAX_SAFE_INTEGER);

function personOf({ config, clock }: Basics): TenantRecord {
  const now = clock.now();
  const environment = personEnvironment(config);
  const tenant: Tenant = {
    id: 'person' as TenantId,
    name: 'person',
    environment,
    status: 'enabled',
    plan: planOf(environment, config.personPlan ?? {}),
    createdAt: now,
    updatedAt: now,
    ...(config.accountId === undefined ? {} : { account: accountNumber(config.accountId) }),
  };
  return { tenant, credentialsVersion: 1 };
}

/** Serves one person over standard input and output: their own login, or paper when none is set. */
export async function runStdio(parts: StdioParts): Promise<Running> {
  const { config, clock, ids, log, input, output, onEnd } = parts;
  const tenancy = observeOrders(await openTenancy(parts), parts.metrics);
  const { documents } = tenancy.storage;
  const record = personOf(parts);
  const needsPaper = record.tenant.environment === 'paper' && config.hosts.paper === undefined;
  const paper = needsPaper
    ? await openEmbeddedPaper({ owner: 'stdio', config, documents, clock, ids, log })
    : undefined;
  const loadGrant = async (): Promise<BrokerGrant> => config.person ?? (await paperGrant(PAPER_CUSTOMER, parts));
  const hosts = paper === undefined ? config.hosts : { ...config.hosts, paper: paper.hosts };
  const { audit, ledger } = tenancy.storage;
  const shared = openAlone(parts);
  const { deriveKey } = tenancy;
  const findTenant = async (id: TenantId) => (id === record.tenant.id ? record : undefined);
  const calls = composeCalls({ ...parts, hosts, audit, shared, deriveKey, loadGrant, findTenant });
  const desk = openOrderDesk({ ...parts, servesOperators: false, tenancy, calls, findTenant });
  const server = serveStdio({
    offer: composeOffer({ ...parts, tenancy, calls, shared }),
    caller: { issuer: 'stdio', subject: 'person', scopes: new Set(SCOPES), expiresAt: NEVER },
    openContext: createOpenContext({
      lookup: async () => record,
      pool: calls.pool,
      ledger,
      changesOf: calls.changesOf,
      clock,
      ids,
    }),
    input,
    output,
    clock,
    ids,
    log,
    onEnd,
  });
  return {
    async close() {
      for (const part of [server, desk, calls, shared, paper, tenancy]) await part?.close();
    },
  };
}
