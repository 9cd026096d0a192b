/** What stands in a line belongs to a flow. */
export type InFlow = { readonly ask: { readonly flow: string } };

/** A line in which flows take turns: nobody's tenth call goes before anybody's first. */
export class FairLine<Item extends InFlow> {
  /** The flow whose turn it is comes first. */
  readonly #flows = new Map<string, Item[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: Item): void {
    const flow = this.#flows.get(item.ask.flow);
    if (flow === undefined) this.#flows.set(item.ask.flow, [item]);
    else flow.push(item);
    this.#size += 1;
  }

  /** Takes it out, wherever it stands. */
  remove(item: Item): void {
    const flow = this.#flows.get(item.ask.flow) ?? [];
    const at = flow.indexOf(item);
    if (at === -1) return;
    flow.splice(at, 1);
    this.#size -= 1;
    if (flow.length === 0) this.#flows.delete(item.ask.flow);
  }

  /** The flow has had its turn, and goes behind the others. */
  rotate(name: string): void {
    const flow = this.#flows.get(name);
    if (flow === undefined) return;
    this.#flows.delete(name);
    this.#flows.set(name, flow);
  }

  /** All that stand in it now, in the order of turns: everybody's first, then everybody's second. */
  *inTurn(): Generator<Item> {
    const flows = Array.from(this.#flows.values(), (flow) => flow.slice());
    for (let round = 0, isMore = true; isMore; round += 1) {
      isMore = false;
      for (const flow of flows) {
        const item = flow[round];
        if (item === undefined) continue;
        isMore = true;
        yield item;
      }
    }
  }

  /** How many go before one more of this flow. */
  ahead(name: string): number {
    const own = this.#flows.get(name)?.length ?? 0;
    let ahead = 0;
    for (const [flow, { length }] of this.#flows) ahead += flow === name ? length : Math.min(length, own + 1);
    return ahead;
  }

  /** The last of the longest flow: the one that loses least by leaving. */
  last(): Item | undefined {
    let longest: readonly Item[] = [];
    for (const flow of this.#flows.values()) if (flow.length > longest.length) longest = flow;
    return longest.at(-1);
  }
}
