const MOST = 5000;

/** What was read last under each name, for when it cannot be read; the names that were not seen for the longest are forgotten. */
export type LastKnown = {
  get(name: string): string | undefined;
  set(name: string, text: string | undefined): void;
};

export function createLastKnown(): LastKnown {
  const texts = new Map<string, string>();
  return {
    get: (name) => texts.get(name),
    set(name, text) {
      texts.delete(name);
      if (text === undefined) return;
      texts.set(name, text);
      if (texts.size <= MOST) return;
      const [oldest] = texts.keys();
      if (oldest !== undefined) texts.delete(oldest);
    },
  };
}
