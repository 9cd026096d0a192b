type Absent = null | undefined;

/** `Fields` without its empty values: a key that may be empty becomes one that may be missing. */
export type Present<Fields> = {
  [Key in keyof Fields as Extract<Fields[Key], Absent> extends never ? Key : never]: Fields[Key];
} & {
  [Key in keyof Fields as Extract<Fields[Key], Absent> extends never ? never : Key]?: Exclude<Fields[Key], Absent>;
};

/** Leaves out what the broker did not say: absent is never null here. */
export function present<Fields extends object>(fields: Fields): Present<Fields> {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(kept) as Present<Fields>;
}
