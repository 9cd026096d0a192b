/** What happens in the shared cache, told to whoever counts. Nothing names what was looked for. */
export type CacheObserver = {
  /**
   * Of each caller: in which level the value was, or that this replica loaded it, or waited for another that did. `failed` is
   * also told of what there is not.
   */
  lookup(outcome: 'memory' | 'shared' | 'waited' | 'loaded' | 'failed'): void;
  /** A load of this replica: for callers, behind their back, or for callers of a replica that is on its own. */
  loaded(load: {
    readonly reason: 'cold' | 'refresh' | 'alone';
    readonly outcome: 'ok' | 'absent' | 'failed';
    readonly durationMs: number;
  }): void;
  /** This replica waited for so long for another's load. */
  waited(durationMs: number): void;
  /** Whether changes that others make are heard. */
  linked(isUp: boolean): void;
};
