import type { AuditEntry } from '../../src/storage/stores/audit-store.ts';
import type {
  ConfirmationRow,
  IntentRow,
  LedgerStore,
  LedgerTx,
  SwitchRow,
  TenantLedger,
} from '../../src/storage/stores/ledger-store.ts';
import { createIntentIndex, type IntentIndex } from './memory-ledger-index.ts';
import { createTenantTurns, type Life, type TenantTurns } from './memory-ledger-turns.ts';

/**
 * A ledger in memory, for tests: the semantics of the SQL one, fast enough for hundreds of thousands of intents. What a
 * transaction writes is seen by nobody else until it commits, and then all of it at once.
 */
export type MemoryLedger = LedgerStore & {
  /** The ledger as one process of many sees it. Life begins anew when an owner that was killed is asked for again. */
  as(owner: string): LedgerStore;
  /** Ends a process: what it has not committed is dropped, its turn is free, and none of its calls ever returns. */
  kill(owner: string): void;
  /** What is committed, in order of writing. */
  all(): readonly IntentRow[];
  auditEntries(tenantId: string): readonly AuditEntry[];
  /** A switch as the operator sets it. */
  setStop(row: SwitchRow): void;
};

export type MemoryLedgerOptions = {
  /**
   * Awaited before each step: `begin` (the turn is held), each method by its name, `commit`, and `committed` (kept,
   * but the caller does not know yet). One that rejects before `committed` undoes the transaction; one that never
   * resolves holds it until its owner is killed.
   */
  readonly before?: (step: string, owner: string) => Promise<void>;
};

type World = {
  readonly index: IntentIndex;
  readonly confirmations: Map<string, ConfirmationRow>;
  readonly switches: Map<string, SwitchRow>;
  readonly entries: Map<string, AuditEntry[]>;
  readonly turns: TenantTurns;
  readonly before: MemoryLedgerOptions['before'];
};

/** What one transaction has written so far. */
type Draft = {
  readonly intents: Map<string, IntentRow>;
  readonly confirmations: Map<string, ConfirmationRow>;
  readonly entries: AuditEntry[];
  isOver: boolean;
};

type Access = { readonly world: World; readonly life: Life; readonly tenantId: string };

export function createMemoryLedger({ before }: MemoryLedgerOptions = {}): MemoryLedger {
  const index = createIntentIndex();
  const world: World = {
    index,
    confirmations: new Map(),
    switches: new Map(),
    entries: new Map(),
    turns: createTenantTurns(),
    before,
  };
  const lives = new Map<string, Life>();
  const lifeOf = (owner: string): Life => {
    const known = lives.get(owner);
    if (known !== undefined) return known;
    const life: Life = { owner, isOver: false };
    lives.set(owner, life);
    return life;
  };
  return {
    ...storeOf(world, lifeOf('test')),
    as: (owner) => storeOf(world, lifeOf(owner)),
    kill(owner) {
      const life = lives.get(owner);
      if (life === undefined) return;
      life.isOver = true;
      lives.delete(owner);
      world.turns.drop(life);
    },
    all: () => index.all(),
    auditEntries: (tenantId) => [...(world.entries.get(tenantId) ?? [])],
    setStop: (row) => void world.switches.set(row.scope, row),
  };
}

function storeOf(world: World, life: Life): LedgerStore {
  return {
    of: (tenantId) => tenantLedger({ world, life, tenantId }),
    async due(at, limit) {
      await step(world, life, 'due');
      return world.index.due(at, limit);
    },
  };
}

function tenantLedger(access: Access): TenantLedger {
  const { world, life, tenantId } = access;
  return {
    transact: (work) => transact(access, work),
    async intent(id) {
      await step(world, life, 'intent');
      return world.index.intent(tenantId, id);
    },
    async byClientOrderId(clientOrderId) {
      await step(world, life, 'byClientOrderId');
      return world.index.byClientOrderId(tenantId, clientOrderId);
    },
    async list({ limit, open = false }) {
      await step(world, life, 'list');
      return world.index.list(tenantId, limit, open);
    },
  };
}

/** Gives the hook its chance; a process that ended in it goes no further. */
async function step({ before }: World, life: Life, name: string): Promise<void> {
  if (before !== undefined) await before(name, life.owner);
  await survive(life);
}

async function survive(life: Life): Promise<void> {
  if (life.isOver) await new Promise(() => {});
}

async function transact<Value>(access: Access, work: (tx: LedgerTx) => Promise<Value>): Promise<Value> {
  const { world, life, tenantId } = access;
  const turn = await world.turns.take(tenantId, life);
  const draft: Draft = { intents: new Map(), confirmations: new Map(), entries: [], isOver: false };
  let value: Value;
  try {
    await step(world, life, 'begin');
    value = await work(draftTx(access, draft));
    await step(world, life, 'commit');
    commit(access, draft);
  } catch (error) {
    await survive(life);
    throw error;
  } finally {
    draft.isOver = true;
    turn.end();
  }
  await step(world, life, 'committed');
  return value;
}

function commit({ world, tenantId }: Access, draft: Draft): void {
  for (const row of draft.intents.values()) world.index.put(row);
  for (const row of draft.confirmations.values()) world.confirmations.set(row.id, row);
  if (draft.entries.length === 0) return;
  const entries = world.entries.get(tenantId);
  if (entries === undefined) world.entries.set(tenantId, [...draft.entries]);
  else entries.push(...draft.entries);
}

function draftTx(access: Access, draft: Draft): LedgerTx {
  const { world, life, tenantId } = access;
  const enter = async (name: string): Promise<void> => {
    await step(world, life, name);
    if (draft.isOver) throw new RangeError('This step of the ledger is over');
  };
  return {
    ...intentSteps(access, draft, enter),
    ...confirmationSteps(access, draft, enter),
    async stops() {
      await enter('stops');
      const rows = [world.switches.get('global'), world.switches.get(tenantId)];
      return rows.filter((row) => row !== undefined && row.isOn === 1) as SwitchRow[];
    },
    async usage(query) {
      await enter('usage');
      return world.index.usage(tenantId, query, draft.intents);
    },
    async underWay(account, since) {
      await enter('underWay');
      return world.index.underWay(tenantId, { account, since }, draft.intents);
    },
    async audit(entry) {
      await enter('audit');
      draft.entries.push({ ...entry });
    },
  };
}

/** As the databases do: their columns hold whole milliseconds. */
function requireWhole(row: Partial<IntentRow>): void {
  for (const at of [row.createdAt, row.updatedAt, row.sentAt, row.sendBy, row.lookAt, row.flaggedAt]) {
    if (typeof at === 'number' && !Number.isSafeInteger(at))
      throw new RangeError('A time is not in whole milliseconds');
  }
}

type Enter = (name: string) => Promise<void>;

function intentSteps(
  { world, tenantId }: Access,
  draft: Draft,
  enter: Enter,
): Pick<LedgerTx, 'intent' | 'byClientOrderId' | 'insert' | 'update'> {
  const find = (id: string): IntentRow | undefined => draft.intents.get(id) ?? world.index.intent(tenantId, id);
  const drafted = (isIt: (row: IntentRow) => boolean): IntentRow | undefined => [...draft.intents.values()].find(isIt);
  const named = (name: string): IntentRow | undefined =>
    drafted((row) => row.clientOrderId === name) ?? world.index.byClientOrderId(tenantId, name);
  const isTaken = ({ id, clientOrderId, confirmationId }: IntentRow): boolean =>
    draft.intents.has(id) ||
    world.index.has(id) ||
    (clientOrderId !== null && named(clientOrderId) !== undefined) ||
    (confirmationId !== null &&
      (drafted((row) => row.confirmationId === confirmationId) !== undefined ||
        world.index.isConfirmedBy(tenantId, confirmationId)));
  return {
    async intent(id) {
      await enter('intent');
      return find(id);
    },
    async byClientOrderId(clientOrderId) {
      await enter('byClientOrderId');
      const row = named(clientOrderId);
      return row === undefined ? undefined : find(row.id);
    },
    async insert(row) {
      await enter('insert');
      requireWhole(row);
      if (row.tenantId !== tenantId) throw new RangeError("The row is not of this ledger's tenant");
      if (isTaken(row)) throw new RangeError('An intent of this id, name or confirmation exists');
      draft.intents.set(row.id, { ...row });
    },
    async update(id, changes) {
      await enter('update');
      requireWhole(changes);
      const row = find(id);
      if (row === undefined) throw new RangeError('There is no such intent');
      draft.intents.set(id, { ...row, ...changes });
    },
  };
}

function confirmationSteps(
  { world, tenantId }: Access,
  draft: Draft,
  enter: Enter,
): Pick<LedgerTx, 'confirmation' | 'insertConfirmation' | 'spendConfirmation'> {
  const find = (id: string): ConfirmationRow | undefined => {
    const row = draft.confirmations.get(id) ?? world.confirmations.get(id);
    return row?.tenantId === tenantId ? row : undefined;
  };
  return {
    async confirmation(id) {
      await enter('confirmation');
      return find(id);
    },
    async insertConfirmation(row) {
      await enter('insertConfirmation');
      if (row.tenantId !== tenantId) throw new RangeError("The row is not of this ledger's tenant");
      if (draft.confirmations.has(row.id) || world.confirmations.has(row.id)) {
        throw new RangeError('A confirmation of this id exists');
      }
      draft.confirmations.set(row.id, { ...row });
    },
    async spendConfirmation(id, intentId) {
      await enter('spendConfirmation');
      const row = find(id);
      if (row === undefined || row.usedBy !== null) {
        throw new RangeError('There is no such confirmation that is unspent');
      }
      draft.confirmations.set(id, { ...row, usedBy: intentId });
    },
  };
}
