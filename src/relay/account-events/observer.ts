/** What becomes of account events, told to whoever counts. No argument names a tenant or an account. */
export type AccountEventsObserver = {
  /** Entries that the journal took, had already, or refused because another replica has taken over. */
  journal(outcome: 'appended' | 'known' | 'refused', count: number): void;
  /** Told to a listener of this replica. */
  told(kind: string): void;
  /** Orders were read again after a time without the stream. */
  reconciled(outcome: 'whole' | 'partial' | 'failed'): void;
};
