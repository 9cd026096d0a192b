/** A line in which those who wait take turns, however many of them are one party's: first come, first served within each. */
export type PartyLine<Item> = {
  readonly size: number;
  /** How many parties wait. */
  readonly parties: number;
  sizeOf(party: string): number;
  push(party: string, item: Item): void;
  /** The next one whose turn it is. */
  shift(): Item | undefined;
};

export function createPartyLine<Item>(): PartyLine<Item> {
  // In the order of turns: whoever had one goes to the end.
  const waiting = new Map<string, Item[]>();
  let size = 0;
  return {
    get size() {
      return size;
    },
    get parties() {
      return waiting.size;
    },
    sizeOf: (party) => waiting.get(party)?.length ?? 0,
    push(party, item) {
      size += 1;
      const own = waiting.get(party);
      if (own === undefined) waiting.set(party, [item]);
      else own.push(item);
    },
    shift() {
      const [first] = waiting;
      if (first === undefined) return undefined;
      const [party, own] = first;
      const item = own.shift();
      size -= 1;
      waiting.delete(party);
      if (own.length > 0) waiting.set(party, own);
      return item;
    },
  };
}
