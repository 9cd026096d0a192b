import { describe, expect, it } from 'vitest';
import { createHandOver } from '../../../src/compose/hand-over.ts';
import { shutDown } from '../../../src/compose/shut-down.ts';
import { readConfig } from '../../../src/config.ts';
import { silentLog } from '../../../src/core/log.ts';
import { createLife } from '../../../src/transports/http/life.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const HOSTED = { JWT_ISSUER: 'https://issuer.test', PUBLIC_URL: 'https://gateway.test' };

function bench(variables: Record<string, string>) {
  const clock = createManualClock();
  const events: string[] = [];
  const note = (what: string): void => void events.push(`${clock.monotonicMs()} ${what}`);
  const life = createLife();
  const idle = Promise.withResolvers<void>();
  const handOver = createHandOver({ clock, log: silentLog });
  const gate = {
    enter: () => expect.unreachable(),
    refuseHopeless() {},
    arrived() {},
    cameToNothing() {},
    idle: async () => idle.promise,
    shut: () => note('shut'),
  };
  const end = () =>
    shutDown({
      config: readConfig(variables),
      clock,
      log: silentLog,
      ending: { life, handOver, gate, calls: { settle: async (ms) => note(`settled within ${ms}`) } },
      closeAll: async () => note('closed'),
    });
  return { clock, events, note, life, idle, handOver, end };
}

describe('shutting down', () => {
  it('is unready at once, then waits, hands over, finishes the calls, and closes', async () => {
    const { clock, events, note, life, idle, handOver, end } = bench({
      ...HOSTED,
      SHUTDOWN_DRAIN_MS: '4000',
      SHUTDOWN_GRACE_MS: '20000',
    });
    handOver.add({ name: 'leases', run: async () => note(`handed over, ending: ${life.isEnding}`) });
    const ended = end();
    expect(life.isEnding).toBe(true);
    await clock.advance(3999);
    expect(events).toEqual([]);
    await clock.advance(1);
    expect(events).toEqual(['4000 handed over, ending: true']);
    await clock.advance(1000);
    idle.resolve();
    await ended;
    expect(events.slice(1)).toEqual(['5000 shut', '5000 settled within 12000', '5000 closed']);
  });

  it('takes no longer than its grace, whoever does not end', async () => {
    const { clock, events, handOver, end } = bench({ ...HOSTED, SHUTDOWN_DRAIN_MS: '1000', SHUTDOWN_GRACE_MS: '8000' });
    let isTold = false;
    handOver.add({
      name: 'stuck',
      run: async (signal) => {
        signal.addEventListener('abort', () => (isTold = true));
        await new Promise(() => {});
      },
    });
    const ended = end();
    await clock.advance(8000);
    await ended;
    expect(isTold).toBe(true);
    // Two of the eight seconds are kept for closing.
    expect(events).toEqual(['6000 shut', '6000 settled within 0', '6000 closed']);
  });

  it('does not wait where nobody stands before it', async () => {
    const { clock, events, idle, end } = bench({});
    idle.resolve();
    await end();
    expect(clock.monotonicMs()).toBe(0);
    expect(events.at(-1)).toBe('0 closed');
  });

  it('goes on when a hand-over fails', async () => {
    const { events, idle, handOver, end } = bench({});
    handOver.add({ name: 'broken', run: () => Promise.reject(new Error('nobody took it')) });
    idle.resolve();
    await end();
    expect(events.at(-1)).toBe('0 closed');
  });
});
