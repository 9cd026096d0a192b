import { describe, expect, it } from 'vitest';
import { createPauses } from '../../../src/limits/pauses.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const pause = { key: 'a:orders', line: 'a', sharedKey: 'gateway', forMs: 3000 };

function bench() {
  const clock = createManualClock();
  const scopes: string[] = [];
  const pauses = createPauses(clock, (scope) => scopes.push(scope));
  return { clock, scopes, pauses };
}

describe('pauses', () => {
  it('hold up what goes under their key, and nothing else', () => {
    const { pauses, scopes } = bench();
    pauses.add(pause);
    expect(pauses.untilMs(['a:orders', 'gateway'], 'read')).toBe(3000);
    expect(pauses.untilMs(['a:other', 'gateway'], 'read')).toBe(0);
    expect(pauses.untilMs(['b:orders', 'gateway'], 'order')).toBe(0);
    expect(scopes).toEqual(['class']);
  });

  it('are bounded, whatever the broker says', () => {
    const { pauses } = bench();
    pauses.add({ ...pause, forMs: 0 });
    pauses.add({ ...pause, key: 'a:other', forMs: 3_600_000 });
    expect(pauses.untilMs(['a:orders'], 'read')).toBe(250);
    expect(pauses.untilMs(['a:other'], 'read')).toBe(10_000);
  });

  it('hold up a cancel for a second at most, however often they are told', async () => {
    const { clock, pauses } = bench();
    pauses.add({ ...pause, forMs: 10_000 });
    expect(pauses.untilMs(['a:orders'], 'cancel')).toBe(1000);
    await clock.advance(900);
    pauses.add({ ...pause, forMs: 10_000 });
    expect(pauses.untilMs(['a:orders'], 'cancel')).toBe(1000);
    expect(pauses.untilMs(['a:orders'], 'order')).toBe(10_900);
  });

  it('are for everybody when three tenants are told within a short time, and not when they are told one by one', async () => {
    const { clock, pauses, scopes } = bench();
    for (const line of ['a', 'b', 'a']) pauses.add({ ...pause, key: `${line}:orders`, line });
    expect(pauses.untilMs(['gateway'], 'read')).toBe(0);
    await clock.advance(2500);
    pauses.add({ ...pause, key: 'c:orders', line: 'c' });
    expect(pauses.untilMs(['gateway'], 'read')).toBe(0);
    pauses.add({ ...pause, key: 'd:orders', line: 'd' });
    pauses.add({ ...pause, key: 'e:orders', line: 'e' });
    expect(pauses.untilMs(['gateway'], 'read')).toBe(5500);
    expect(scopes.at(-1)).toBe('gateway');
  });
});
