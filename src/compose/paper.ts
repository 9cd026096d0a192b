import { join } from 'node:path';
import type { BrokerGrant, BrokerHosts } from '../broker/upstream.ts';
import type { Config } from '../config.ts';
import type { Clock } from '../core/clock.ts';
import type { IdSource } from '../core/ids.ts';
import type { Log } from '../core/log.ts';
import { openSecretFile } from '../core/secret-file.ts';
import { createGrants } from '../simulator/grants.ts';
import { type Simulator, createSimulator } from '../simulator/create-simulator.ts';
import type { DocumentStore } from '../storage/stores/document-store.ts';

const SAVE_EVERY_MS = 10_000;
const SNAPSHOT = 'simulator-snapshot';
/** Programs that share a data folder each have paper accounts of their own: one must not save over another's. */
type PaperOwner = 'gateway' | 'stdio';

/** The paper broker inside this process. */
export type EmbeddedPaper = {
  readonly hosts: BrokerHosts;
  readonly simulator: Simulator;
  /** Saves what was traded, then stops. */
  close(): Promise<void>;
};

export type PaperDeps = {
  readonly owner: PaperOwner;
  readonly config: Config;
  readonly documents: DocumentStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
};

type KeyDeps = Pick<PaperDeps, 'config' | 'ids'>;

function paperKey({ config, ids }: KeyDeps): Promise<string> {
  const { grantKey } = config.simulator;
  if (grantKey !== undefined) return Promise.resolve(grantKey);
  return openSecretFile(join(config.dataDir, 'simulator.key'), () => ids.secret(), ids);
}

/** The simulator's login of a customer: the same in every process that has the key. Unknown customers get a fresh account. */
export async function paperGrant(customer: string, deps: KeyDeps): Promise<BrokerGrant> {
  return createGrants(await paperKey(deps)).grantFor(customer);
}

type Snapshot = ReturnType<Simulator['snapshot']>;

async function readSnapshot({ owner, documents, log }: PaperDeps): Promise<Snapshot | undefined> {
  const text = await documents.get(`${SNAPSHOT}-${owner}`);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Snapshot;
  } catch (error) {
    log.warn({ error }, 'The saved paper accounts could not be read; they start afresh');
    return undefined;
  }
}

/** Starts the simulator on a free loopback port, where it was left, and keeps saving it. */
export async function openEmbeddedPaper(deps: PaperDeps): Promise<EmbeddedPaper> {
  const { owner, config, documents, clock, ids, log } = deps;
  const snapshot = await readSnapshot(deps);
  const simulator = await createSimulator({
    seed: config.simulator.seed,
    alwaysOpen: config.simulator.alwaysOpen,
    grantKey: await paperKey(deps),
    host: '127.0.0.1',
    port: 0,
    clock,
    ids,
    log: log.with({ part: 'simulator' }),
    ...(snapshot === undefined ? {} : { snapshot }),
  });
  let saved = snapshot === undefined ? '' : JSON.stringify(snapshot);
  const save = async (): Promise<void> => {
    const text = JSON.stringify(simulator.snapshot());
    if (text === saved) return;
    await documents.put(`${SNAPSHOT}-${owner}`, text);
    saved = text;
  };
  const saving = clock.every(SAVE_EVERY_MS, () => {
    save().catch((error: unknown) => log.warn({ error }, 'The paper accounts could not be saved'));
  });
  return {
    hosts: { restUrl: simulator.restUrl, streamerUrl: simulator.streamerUrl },
    simulator,
    async close() {
      saving.cancel();
      try {
        await save();
      } finally {
        await simulator.close();
      }
    },
  };
}
