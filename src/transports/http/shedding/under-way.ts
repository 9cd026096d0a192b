import type { Lane } from '../../../tools/define-tool.ts';

/** Every call has a lane; most have none of their own. */
export type CallLane = Lane | 'ordinary';

/** How many calls are under way: in all, in each lane, and of each tenant, where those that rescue are counted apart. */
export type UnderWay = {
  /** One call more (1) or less (-1). Gives the new count of its lane. */
  change(tenant: string, lane: CallLane, by: 1 | -1): number;
  of(tenant: string, lane: CallLane): number;
  readonly rescues: number;
  readonly others: number;
  /** Resolves when there are none. */
  none(): Promise<void>;
};

export function createUnderWay(): UnderWay {
  const rescuesOf = new Map<string, number>();
  const othersOf = new Map<string, number>();
  const byLane = { rescue: 0, order: 0, ordinary: 0 };
  const listeners: (() => void)[] = [];
  const ofTenant = (lane: CallLane): Map<string, number> => (lane === 'rescue' ? rescuesOf : othersOf);
  const others = (): number => byLane.order + byLane.ordinary;

  return {
    change(tenant, lane, by) {
      const own = ofTenant(lane);
      const left = (own.get(tenant) ?? 0) + by;
      if (left === 0) own.delete(tenant);
      else own.set(tenant, left);
      byLane[lane] += by;
      if (others() + byLane.rescue === 0) for (const resolve of listeners.splice(0)) resolve();
      return byLane[lane];
    },
    of: (tenant, lane) => ofTenant(lane).get(tenant) ?? 0,
    get rescues() {
      return byLane.rescue;
    },
    get others() {
      return others();
    },
    async none() {
      if (others() + byLane.rescue > 0) await new Promise<void>((resolve) => void listeners.push(resolve));
    },
  };
}
