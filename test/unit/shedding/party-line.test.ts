import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPartyLine } from '../../../src/transports/http/shedding/party-line.ts';

function drain(line: { shift(): string | undefined }): string[] {
  const all: string[] = [];
  for (let next = line.shift(); next !== undefined; next = line.shift()) all.push(next);
  return all;
}

describe('a fair line', () => {
  it('lets parties take turns, whoever brought how many', () => {
    const line = createPartyLine<string>();
    for (const item of ['a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'c2']) line.push(item.slice(0, 1), item);
    expect(drain(line)).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3', 'a4']);
  });

  it('puts whoever comes back behind those that wait', () => {
    const line = createPartyLine<string>();
    line.push('a', 'a1');
    line.push('b', 'b1');
    expect(line.shift()).toBe('a1');
    line.push('a', 'a2');
    expect(drain(line)).toEqual(['b1', 'a2']);
  });

  it('loses nothing, keeps the order within a party, and never serves one twice while another waits', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 40 }), (parties) => {
        const line = createPartyLine<string>();
        parties.forEach((party, at) => line.push(party, `${party}${at}`));
        expect({ size: line.size, parties: line.parties }).toEqual({
          size: parties.length,
          parties: new Set(parties).size,
        });
        const served = drain(line);
        for (const party of new Set(parties)) {
          const own = parties.flatMap((other, at) => (other === party ? [`${party}${at}`] : []));
          expect(served.filter((item) => item.startsWith(party))).toEqual(own);
          // Between two of one party's, everybody else who still waits has had a turn.
          own.slice(1).forEach((item, index) => {
            const between = served.slice(served.indexOf(own[index] ?? '') + 1, served.indexOf(item));
            const stillWaiting = new Set(served.slice(served.indexOf(item)).map((left) => left.slice(0, 1)));
            stillWaiting.delete(party);
            for (const other of stillWaiting) expect(between.some((left) => left.startsWith(other))).toBe(true);
          });
        }
        expect(line.size).toBe(0);
      }),
    );
  });
});
