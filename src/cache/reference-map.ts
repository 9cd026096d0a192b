import type { ReferenceKey, ReferenceKind } from './reference-key.ts';

type Tables<Value> = Readonly<Record<ReferenceKey['environment'], Readonly<Record<ReferenceKind, Map<string, Value>>>>>;

/** A map whose keys are looked up as they are: to put a name together for every reader would cost more than all the rest. */
export type ReferenceMap<Value> = {
  readonly size: number;
  get(key: ReferenceKey): Value | undefined;
  set(key: ReferenceKey, value: Value): void;
  delete(key: ReferenceKey): void;
  clear(): void;
  values(): readonly Value[];
};

export function createReferenceMap<Value>(): ReferenceMap<Value> {
  const kinds = () => ({ 'chain:equity': new Map<string, Value>(), 'chain:future': new Map<string, Value>() });
  const tables: Tables<Value> = { live: kinds(), sandbox: kinds(), paper: kinds() };
  const all = Object.values(tables).flatMap((table) => Object.values(table));
  return {
    get size() {
      return all.reduce((sum, { size }) => sum + size, 0);
    },
    get: ({ environment, kind, symbol }) => tables[environment][kind].get(symbol),
    set: ({ environment, kind, symbol }, value) => void tables[environment][kind].set(symbol, value),
    delete: ({ environment, kind, symbol }) => void tables[environment][kind].delete(symbol),
    clear: () => all.forEach((table) => table.clear()),
    values: () => all.flatMap((table) => [...table.values()]),
  };
}
