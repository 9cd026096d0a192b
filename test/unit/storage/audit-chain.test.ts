import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  auditBody,
  type ChainEnd,
  CHAIN_START,
  createChainVerifier,
  sealBody,
  sealHead,
  sealRecord,
  verifyChain,
} from '../../../src/storage/audit-chain.ts';
import type { AuditEntry, AuditHead, AuditRecord, ChainFault } from '../../../src/storage/stores/audit-store.ts';

const KEY = createSecretKey(Buffer.alloc(32, 1));
const WRONG_KEY = createSecretKey(Buffer.alloc(32, 2));

type Chain = { records: AuditRecord[]; head: AuditHead | undefined };

const entryOf = (turn: number): AuditEntry => ({
  at: 1_795_000_000_000 + turn,
  kind: turn % 3 === 0 ? 'order' : 'call',
  tool: `tool-${turn % 7}`,
  outcome: turn % 5 === 0 ? 'refused' : 'answered',
});

function chainOf(tenantId: string, length: number, key = KEY): Chain {
  const records: AuditRecord[] = [];
  let end: ChainEnd = CHAIN_START;
  for (let turn = 0; turn < length; turn += 1) {
    const record = sealRecord(key, end, tenantId, entryOf(turn));
    records.push(record);
    end = record;
  }
  return { records, head: sealHead(key, tenantId, end) };
}

const check = ({ records, head }: Chain): ChainFault | undefined => verifyChain(KEY, 'a', records, head);

/** The same sequence of numbers for the same seed. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('a body', () => {
  it('is canonical: whatever the order of the facts, without those that are undefined', () => {
    const body = '{"at":1,"kind":"call","tool":"place_order","value":null}';
    expect(auditBody({ kind: 'call', value: null, tool: 'place_order', at: 1 })).toBe(body);
    expect(auditBody({ at: 1, none: undefined, tool: 'place_order', kind: 'call', value: null })).toBe(body);
  });

  it('holds texts that are cleaned and bounded', () => {
    const body = auditBody({ at: 1, kind: 'call', text: `a\n\u0000\u202eb${'x'.repeat(2000)}` });
    const { text } = JSON.parse(body) as { text: string };
    expect(text).toHaveLength(500);
    expect(text.startsWith('a bxxx')).toBe(true);
  });

  it.each([[Number.NaN], [Infinity], [{}], [[]], [1n], [() => 1]])('refuses %s, which it could not keep', (fact) => {
    expect(() => auditBody({ at: 1, kind: 'call', fact: fact as number })).toThrow(RangeError);
  });

  it('is one line of JSON that says the same, for any facts', () => {
    const fact = fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.string({ unit: 'grapheme-ascii' }));
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/u), fact), (facts) => {
        const body = auditBody({ ...facts, at: 1, kind: 'call' });
        expect(body).not.toContain('\n');
        expect(auditBody(JSON.parse(body) as AuditEntry)).toBe(body);
      }),
    );
  });
});

describe('a chain', () => {
  it('is sound as it was written, also when there is nothing in it', () => {
    expect(check(chainOf('a', 100))).toBeUndefined();
    expect(check({ records: [], head: undefined })).toBeUndefined();
  });

  it('depends on the key, the tenant, the place and all before', () => {
    const first = sealRecord(KEY, CHAIN_START, 'a', entryOf(0));
    const others = [
      sealRecord(WRONG_KEY, CHAIN_START, 'a', entryOf(0)),
      sealRecord(KEY, CHAIN_START, 'b', entryOf(0)),
      sealRecord(KEY, { ...CHAIN_START, seq: 1 }, 'a', entryOf(0)),
      sealRecord(KEY, { ...CHAIN_START, hash: first.hash }, 'a', entryOf(0)),
      sealRecord(KEY, CHAIN_START, 'a', entryOf(1)),
    ];
    expect(new Set([first, ...others].map(({ hash }) => hash)).size).toBe(6);
    expect(first.hash).toMatch(/^[0-9a-f]{64}$/u);
  });

  it('is checked record by record, and stays with the first fault', () => {
    const { records, head } = chainOf('a', 10);
    const verifier = createChainVerifier(KEY, 'a');
    const faults = records.map((record) => verifier.feed(record.seq === 4 ? { ...record, body: '{}' } : record));
    expect(faults.slice(0, 3)).toEqual([undefined, undefined, undefined]);
    expect(faults.slice(3)).toEqual(
      Array.from({ length: 7 }, () => ({ tenantId: 'a', seq: 4, fault: faults[3]?.fault })),
    );
    expect(verifier.finish(head)).toEqual(faults[3]);
    expect(verifier.end().seq).toBe(3);
  });

  it.each<[string, (chain: Chain) => void, number, RegExp]>([
    ['an altered record', ({ records }) => edit(records, 5, { body: '{"at":1}' }), 5, /altered/u],
    ['a removed record', ({ records }) => void records.splice(4, 1), 5, /missing/u],
    ['a removed first record', ({ records }) => void records.splice(0, 1), 1, /missing/u],
    ['a repeated record', ({ records }) => void records.splice(5, 0, at(records, 5)), 5, /twice/u],
    ['a record of another tenant', ({ records }) => edit(records, 5, { tenantId: 'b' }), 5, /another chain/u],
    ['a number that is none', ({ records }) => edit(records, 5, { seq: Number.NaN }), 5, /number/u],
    ['a cut tail', ({ records }) => void records.splice(7), 8, /cut off/u],
    ['all records gone', ({ records }) => void records.splice(0), 1, /cut off/u],
    ['no head', (chain) => void (chain.head = undefined), 11, /whether .* missing/u],
    ['an altered head', (chain) => editHead(chain, { seq: 7 }), 11, /whether .* altered/u],
    ['the head of another tenant', (chain) => void (chain.head = chainOf('b', 10).head), 11, /altered/u],
    ['an older head', (chain) => void (chain.head = chainOf('a', 7).head), 8, /after the end/u],
    ['a true head of other records', (chain) => void (chain.head = sealHead(KEY, 'a', other(10))), 10, /ends with/u],
  ])('tells of %s', (_, spoil, seq, fault) => {
    const chain = chainOf('a', 10);
    spoil(chain);
    expect(check(chain)).toEqual({ tenantId: 'a', seq, fault: expect.stringMatching(fault) });
  });
});

const at = (records: readonly AuditRecord[], seq: number): AuditRecord => {
  const record = records[seq - 1];
  if (record === undefined) throw new RangeError(`There is no record ${seq}`);
  return record;
};
const edit = (records: AuditRecord[], seq: number, changes: Partial<AuditRecord>): void => {
  records[seq - 1] = { ...at(records, seq), ...changes };
};
const editHead = (chain: Chain, changes: Partial<AuditHead>): void => {
  if (chain.head !== undefined) chain.head = { ...chain.head, ...changes };
};
const other = (seq: number): ChainEnd => ({ seq, hash: 'f'.repeat(64) });
const renumber = (records: AuditRecord[], from: number): void => {
  for (let seq = from; seq <= records.length; seq += 1) edit(records, seq, { seq });
};

/** One way to spoil a chain at `seq` (at least 2, and not the last): answers with the first record that is wrong. */
type Spoil = (chain: Chain, seq: number, chance: (below: number) => number) => number;

const LENGTH = 10_000;
const foreign = chainOf('b', LENGTH);

const SPOILS: Readonly<Record<string, Spoil>> = {
  'one character of a body': ({ records }, seq, chance) => {
    const { body } = at(records, seq);
    const place = chance(body.length);
    const char = String.fromCodePoint(((body.codePointAt(place) ?? 0) + 1 + chance(50)) % 128);
    edit(records, seq, { body: body.slice(0, place) + char + body.slice(place + 1) });
    return seq;
  },
  'one digit of a hash': ({ records }, seq, chance) => {
    const { hash } = at(records, seq);
    const place = chance(64);
    const digit = ((Number.parseInt(hash[place] ?? '', 16) + 1 + chance(15)) % 16).toString(16);
    edit(records, seq, { hash: hash.slice(0, place) + digit + hash.slice(place + 1) });
    return seq;
  },
  'a body and a hash made with another key': ({ records }, seq) => {
    edit(records, seq, sealBody(WRONG_KEY, at(records, seq - 1), 'a', '{"at":1,"kind":"call"}'));
    return seq;
  },
  'the same record of another tenant': ({ records }, seq) => {
    edit(records, seq, { ...at(foreign.records, seq), tenantId: 'a' });
    return seq;
  },
  'a deletion': ({ records }, seq) => {
    records.splice(seq - 1, 1);
    return seq;
  },
  'a deletion, and new numbers for what follows': ({ records }, seq) => {
    records.splice(seq - 1, 1);
    renumber(records, seq);
    return seq;
  },
  'an insertion, and new numbers for what follows': ({ records }, seq, chance) => {
    records.splice(seq - 1, 0, at(records, 1 + chance(records.length)));
    renumber(records, seq);
    return seq;
  },
  'a copy': ({ records }, seq) => {
    records.splice(seq, 0, at(records, seq));
    return seq;
  },
  'a swap of two records, which keep their numbers': ({ records }, seq, chance) => {
    const later = seq + 1 + chance(records.length - seq);
    const [first, second] = [at(records, seq), at(records, later)];
    records[seq - 1] = second;
    records[later - 1] = first;
    return seq;
  },
  'a swap of the numbers of two records': ({ records }, seq, chance) => {
    const later = seq + 1 + chance(records.length - seq);
    const [first, second] = [at(records, seq), at(records, later)];
    records[seq - 1] = { ...second, seq };
    records[later - 1] = { ...first, seq: later };
    return seq;
  },
  'a cut': ({ records }, seq) => {
    records.splice(seq - 1);
    return seq;
  },
  'a cut, and a head without a true seal': (chain, seq) => {
    chain.records.splice(seq - 1);
    const { hash } = at(chain.records, seq - 1);
    editHead(chain, { seq: seq - 1, hash });
    return seq;
  },
  'a cut, and a head sealed with another key': (chain, seq) => {
    chain.records.splice(seq - 1);
    chain.head = sealHead(WRONG_KEY, 'a', at(chain.records, seq - 1));
    return seq;
  },
  'a cut, and no head': (chain, seq) => {
    chain.records.splice(seq - 1);
    chain.head = undefined;
    return seq;
  },
  'an earlier head': (chain, seq) => {
    chain.head = sealHead(KEY, 'a', at(chain.records, seq - 1));
    return seq;
  },
};

describe('a chain of 10,000 records', () => {
  const sound = chainOf('a', LENGTH);

  it('is sound', () => {
    expect(check(sound)).toBeUndefined();
  });

  it('shows each of 1,000 edits, deletions, swaps and cuts, and names the first record that is wrong', () => {
    const chance = seeded(20_261_118);
    const kinds = Object.entries(SPOILS);
    const wrong: unknown[] = [];
    for (let turn = 0; turn < 1000; turn += 1) {
      const [kind, spoil] = kinds[turn % kinds.length] ?? ['', (): number => 0];
      const chain: Chain = { records: [...sound.records], head: sound.head };
      // Anywhere, and more often early: a check ends where the fault is.
      const expected = spoil(chain, 2 + chance(1 + chance(LENGTH - 2)), chance);
      const fault = check(chain);
      if (fault?.seq !== expected) wrong.push({ kind, expected, fault });
    }
    expect(wrong).toEqual([]);
  }, 120_000);
});
