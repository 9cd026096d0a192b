import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairLine } from '../../../src/limits/fair-line.ts';

type Item = { readonly ask: { readonly flow: string }; readonly n: number };
const item = (flow: string, n = 0): Item => ({ ask: { flow }, n });

describe('a fair line', () => {
  it('tells how many go before one more of a flow', () => {
    const line = new FairLine<Item>();
    for (let n = 0; n < 10; n += 1) line.push(item('loud', n));
    line.push(item('quiet'));
    expect(line.ahead('new')).toBe(2);
    expect(line.ahead('quiet')).toBe(1 + 2);
    expect(line.ahead('loud')).toBe(10 + 1);
  });

  it('lets nobody go twice before everybody has gone once, and keeps each flow in order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 40 }), (flows) => {
        const line = new FairLine<Item>();
        flows.forEach((flow, n) => line.push(item(flow, n)));
        const served: Item[] = [];
        for (let [next] = line.inTurn(); next !== undefined; [next] = line.inTurn()) {
          line.remove(next);
          line.rotate(next.ask.flow);
          served.push(next);
        }
        expect(served).toHaveLength(flows.length);
        for (const flow of new Set(flows)) {
          const own = served.filter(({ ask }) => ask.flow === flow);
          expect(own.map(({ n }) => n)).toEqual(own.map(({ n }) => n).toSorted((a, b) => a - b));
        }
        const left = new Map<string, number>();
        for (const flow of flows) left.set(flow, (left.get(flow) ?? 0) + 1);
        const gone = new Map<string, number>();
        for (const { ask } of served) {
          gone.set(ask.flow, (gone.get(ask.flow) ?? 0) + 1);
          for (const [flow, count] of left) {
            const fair = Math.min(count, (gone.get(ask.flow) ?? 0) - 1);
            expect(gone.get(flow) ?? 0).toBeGreaterThanOrEqual(fair);
          }
        }
      }),
    );
  });

  it('gives up the last of the longest flow', () => {
    const line = new FairLine<Item>();
    line.push(item('a', 1));
    line.push(item('b', 2));
    line.push(item('b', 3));
    line.push(item('a', 4));
    line.push(item('b', 5));
    expect(line.last()?.n).toBe(5);
  });
});
