/** Every path of a JSON value with the types it holds there; list items count as one, under `[]`. */
export type Shape = ReadonlyMap<string, ReadonlySet<string>>;

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}

export function shapeOf(value: unknown): Shape {
  const shape = new Map<string, Set<string>>();
  const walk = (path: string, at: unknown): void => {
    shape.set(path, (shape.get(path) ?? new Set()).add(typeOf(at)));
    if (Array.isArray(at)) for (const item of at) walk(`${path}[]`, item);
    else if (typeof at === 'object' && at !== null) {
      for (const [key, held] of Object.entries(at)) walk(path === '' ? key : `${path}.${key}`, held);
    }
  };
  walk('', value);
  return shape;
}

export type Difference = { readonly missing: string[]; readonly added: string[]; readonly otherType: string[] };

/** How `ours` differs from a recorded answer. A path below one that is missing is not told again. */
export function differences(ours: unknown, recorded: unknown): Difference {
  const [mine, theirs] = [shapeOf(ours), shapeOf(recorded)];
  const below = (path: string, paths: readonly string[]): boolean =>
    paths.some((other) => path.startsWith(`${other}.`) || path.startsWith(`${other}[]`));
  const without = (from: Shape, other: Shape): string[] => {
    const paths = [...from.keys()].filter((path) => !other.has(path));
    return paths.filter((path) => !below(path, paths));
  };
  const otherType = [...mine].filter(([path, types]) => {
    const recordedTypes = theirs.get(path);
    return recordedTypes !== undefined && [...types].some((type) => !recordedTypes.has(type));
  });
  return { missing: without(theirs, mine), added: without(mine, theirs), otherType: otherType.map(([path]) => path) };
}
