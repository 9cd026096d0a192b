/** One life of a process that shares the ledger. */
export type Life = { readonly owner: string; isOver: boolean };

/** The right to write for one tenant, which one holder has at a time. */
export type Turn = { end(): void };

export type TenantTurns = {
  /** In order of asking. Never resolves for a life that is over. */
  take(tenantId: string, life: Life): Promise<Turn>;
  /** Takes all turns of a life away, those it holds and those it waits for. */
  drop(life: Life): void;
};

type Wish = { readonly life: Life; readonly grant: () => void };

export function createTenantTurns(): TenantTurns {
  // The first wish of a line is the holder's.
  const lines = new Map<string, Wish[]>();
  const leave = (tenantId: string, wish: Wish): void => {
    const line = lines.get(tenantId);
    const place = line?.indexOf(wish) ?? -1;
    if (line === undefined || place < 0) return;
    line.splice(place, 1);
    if (line.length === 0) lines.delete(tenantId);
    else if (place === 0) line[0]?.grant();
  };
  return {
    take(tenantId, life) {
      const { promise, resolve } = Promise.withResolvers<Turn>();
      if (life.isOver) return promise;
      const wish: Wish = { life, grant: () => resolve({ end: () => leave(tenantId, wish) }) };
      const line = lines.get(tenantId);
      if (line === undefined) lines.set(tenantId, [wish]);
      else line.push(wish);
      if (line === undefined) wish.grant();
      return promise;
    },
    drop(life) {
      for (const [tenantId, line] of lines) {
        for (const wish of line.filter((wish) => wish.life === life).toReversed()) leave(tenantId, wish);
      }
    },
  };
}
