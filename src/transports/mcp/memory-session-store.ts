import type { Clock } from '../../core/clock.ts';
import type { SessionRecord, SessionStore } from './session-store.ts';
import { subjectOf } from './visit.ts';

const IDLE_MS = 24 * 3_600_000;
const SWEEP_MS = 600_000;
const PER_SUBJECT = 64;
const IN_ALL = 50_000;

/**
 * Sessions of this process. One lives for a day after its last use; when a subject has 64 of them, or all subjects
 * 50,000, a new one ends the one that has been idle longest.
 */
export function createMemorySessionStore(clock: Clock): SessionStore {
  // In order of last use: the first is the idlest.
  const sessions = new Map<string, { record: SessionRecord; endsAt: number }>();

  const keep = (record: SessionRecord): void => {
    sessions.delete(record.id);
    sessions.set(record.id, { record, endsAt: clock.monotonicMs() + IDLE_MS });
  };
  const sweep = (): void => {
    for (const [id, { endsAt }] of sessions) {
      if (endsAt > clock.monotonicMs()) break;
      sessions.delete(id);
    }
  };
  const makeRoom = (record: SessionRecord): void => {
    const subject = subjectOf(record);
    const own = [...sessions.values()].filter((session) => subjectOf(session.record) === subject);
    const idlest = own.length >= PER_SUBJECT ? own[0]?.record.id : undefined;
    const victim = idlest ?? (sessions.size >= IN_ALL ? sessions.keys().next().value : undefined);
    if (victim !== undefined) sessions.delete(victim);
  };
  const timer = clock.every(SWEEP_MS, sweep);

  return {
    async create(record) {
      makeRoom(record);
      keep(record);
    },
    async find(id) {
      sweep();
      const record = sessions.get(id)?.record;
      if (record !== undefined) keep(record);
      return record;
    },
    async change(id, change) {
      const record = sessions.get(id)?.record;
      if (record !== undefined) keep({ ...record, ...change });
    },
    async remove(id) {
      sessions.delete(id);
    },
    async close() {
      timer.cancel();
      sessions.clear();
    },
  };
}
