import * as z from 'zod';
import { GatewayError } from '../../core/errors.ts';
import type { RecordName } from '../../fleet/records.ts';
import type { SteadyRecords } from './steady-records.ts';

/** Stops all replicas from trying logins when many fail: repeated failed logins can get the gateway's address blocked. */
export type GrantBreaker = {
  /** Throws `broker_unavailable` with when to come back. After a pause one attempt gets through, until it is told of. */
  check(attempt: string): Promise<void>;
  worked(): Promise<void>;
  failed(attempt: string, tenantId: string): Promise<void>;
  /** Of an attempt that came to nothing without asking. */
  unused(attempt: string): Promise<void>;
};

export type BreakerParts = {
  readonly records: SteadyRecords;
  /** What is broken together: one environment of the broker, as it sees this gateway's address. */
  readonly environment: string;
  /** Told of each change that this replica makes. */
  readonly onChange: (isOpen: boolean) => void;
};

/** Fewer may be operators who typed a secret wrong; as many in a row, without one that worked, are the broker or our address. */
const TENANTS_IN_TROUBLE = 5;
const WINDOW_MS = 60_000;
/** A broker that restarts is back in seconds; one that blocks an address does so for hours, and sees twelve tries in each. */
const FIRST_PAUSE_MS = 5000;
const MAX_PAUSE_MS = 300_000;
/** Trouble that nobody has tried again after its pause is forgotten after so long. */
const REMEMBERED_MS = 600_000;
/** An attempt waits for its turn and then for its answer: longer than both, so that only one that died is replaced. */
const PROBE_MS = 40_000;
const PROBE_LOOK_MS = 1000;
const MOST_TRIES = 10;

const trouble = z.object({ level: z.number().int().min(0), tenants: z.array(z.string()) });
type Trouble = z.output<typeof trouble>;
const NO_TROUBLE: Trouble = { level: 0, tenants: [] };

export function createGrantBreaker({ records, environment, onChange }: BreakerParts): GrantBreaker {
  const name = (part: string): RecordName => ({ kind: 'breaker', owner: `grants:${environment}`, part });
  const [OPEN, TROUBLE, PROBE] = ['open', 'trouble', 'probe'].map(name) as [RecordName, RecordName, RecordName];

  async function look() {
    const found = await records.read(TROUBLE);
    return { found, now: troubleIn(found?.text) };
  }

  async function isProbe(attempt: string): Promise<boolean> {
    return (await records.read(PROBE))?.text === attempt;
  }

  async function open(level: number, before: string | undefined): Promise<boolean> {
    const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (level - 1));
    const next = { text: JSON.stringify({ level, tenants: [] }), ttlMs: pauseMs + REMEMBERED_MS };
    if (!(await records.swap(TROUBLE, before, next))) return false;
    await records.set(OPEN, String(level), pauseMs);
    await records.remove(PROBE);
    onChange(true);
    return true;
  }

  /** False when another replica changed it meanwhile. */
  async function noteFailure(attempt: string, tenantId: string): Promise<boolean> {
    const { found, now } = await look();
    // After it has opened only the one that was let through says anything new.
    if (now.level > 0) return !(await isProbe(attempt)) || open(now.level + 1, found?.text);
    const tenants = [...new Set([...now.tenants, tenantId])];
    if (tenants.length >= TENANTS_IN_TROUBLE) return open(1, found?.text);
    const text = JSON.stringify({ level: 0, tenants });
    return records.swap(TROUBLE, found?.text, { text, ttlMs: Math.ceil(found?.leftMs ?? WINDOW_MS) || 1 });
  }

  return {
    async check(attempt) {
      const [open, { now }] = await Promise.all([records.read(OPEN), look()]);
      if (open !== undefined) throw tooMany(open.leftMs);
      if (now.level === 0 || (await records.setOnce(PROBE, attempt, PROBE_MS)) || (await isProbe(attempt))) return;
      throw tooMany(PROBE_LOOK_MS);
    },
    async worked() {
      const { found, now } = await look();
      if (found === undefined) return;
      await Promise.all([OPEN, TROUBLE, PROBE].map((record) => records.remove(record)));
      if (now.level > 0) onChange(false);
    },
    async failed(attempt, tenantId) {
      for (let tries = 0; tries < MOST_TRIES; tries += 1) if (await noteFailure(attempt, tenantId)) return;
    },
    async unused(attempt) {
      await records.swap(PROBE, attempt, undefined);
    },
  };
}

function troubleIn(text: string | undefined): Trouble {
  if (text === undefined) return NO_TROUBLE;
  try {
    return trouble.parse(JSON.parse(text));
  } catch {
    return NO_TROUBLE;
  }
}

function tooMany(leftMs: number): GatewayError {
  return new GatewayError(
    'broker_unavailable',
    'Logins of several tenants failed in a row: no other is tried for now.',
    {
      retryAfterMs: Math.max(1, Math.ceil(leftMs)),
      advice: 'Ask again when that time has passed; your own login need not be at fault.',
    },
  );
}
