/** Leave to make one call. Whoever got it says what becomes of it, so that a unit counts from when the call really left. */
export type Turn = {
  /** Monotonic. A call that has not left by then needs another turn: this one may be somebody else's by now. */
  readonly notAfterMs: number;
  /** The first byte is about to be written. */
  left(): void;
  /** The call is over, or was never made. Idempotent. */
  ended(): void;
};
