/** What happens between replicas that share market data, told to whoever counts. No argument names a tenant or a symbol. */
export type RelayObserver = {
  /** A message of an owner who is one no longer. */
  epochRefused(): void;
  /** One message with this many values. */
  bulletin(values: number): void;
  /** A value that was replaced before it was told to others. */
  conflated(): void;
  /** A follower has missed something, or may have. */
  gap(): void;
  followers(change: number): void;
};
