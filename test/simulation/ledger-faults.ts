import { GatewayError } from '../../src/core/errors.ts';
import { pass } from './life.ts';
import type { Sim } from './sim.ts';

const DONE = Promise.resolve();
const STEP_FAILS = 0.0008;
const COMMIT_UNSEEN = 0.006;
const IS_SLOW = 0.08;

const down = (): GatewayError => new GatewayError('storage_unavailable', 'The gateway cannot reach its database.');

/** The database goes away for some seconds at a time. Answers with the time until which it is away. */
export function createDatabaseWeather(simOf: () => Sim): () => number {
  let downUntil = 0;
  let isPlanned = false;
  return () => {
    const { chance, time, disturbances, counts, trace } = simOf();
    if (!isPlanned) {
      isPlanned = true;
      for (let at = chance.between(2000, 60_000); chance.is(0.4); at += chance.between(10_000, 40_000)) {
        const until = at + chance.between(200, 5000);
        time.at(at, () => {
          if (simOf().isCalm) return;
          downUntil = until;
          counts.outages += 1;
          disturbances.push({ from: at, until });
          trace?.('database', () => `is away for ${until - at} ms`);
        });
      }
    }
    return downUntil;
  };
}

/** The hook before each step of the ledger: where replicas crash and freeze, and the database fails, is slow or loses answers. */
export function createLedgerFaults(simOf: () => Sim): (step: string, owner: string) => Promise<void> {
  return (step, owner) => {
    const sim = simOf();
    const life = sim.lives.get(owner);
    if (life === undefined) throw new RangeError('The ledger does not know this replica');
    const held = pass(sim, life, `ledger ${step}`, step === 'due' ? 'idle' : 'usual');
    const fails = !sim.isCalm && !life.isOver && failsNow(sim, step);
    const slowMs = (step === 'begin' || step === 'commit') && sim.chance.is(IS_SLOW) ? sim.chance.between(1, 40) : 0;
    if (held === undefined && !fails && slowMs === 0) return DONE;
    return (async () => {
      await held;
      if (slowMs > 0) await sim.time.sleep(slowMs, life);
      if (!fails) return;
      sim.trace?.(owner, () => `finds the database away at ${step}`);
      throw down();
    })();
  };
}

function failsNow(sim: Sim, step: string): boolean {
  if (sim.databaseDownUntil() > sim.time.now()) return true;
  if (step !== 'committed') return sim.chance.is(STEP_FAILS);
  if (!sim.chance.is(COMMIT_UNSEEN)) return false;
  sim.counts.lostCommits += 1;
  return true;
}
