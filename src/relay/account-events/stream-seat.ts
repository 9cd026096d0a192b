import type { DutySeat, Standing, TenantDuty } from '../tenant-duty.ts';
import type { StreamSession } from './stream-session.ts';

export type StreamSeatParts = {
  readonly duty: TenantDuty;
  readonly openSession: (standing: Standing) => StreamSession;
  /** Told of each change of the standing. */
  readonly onStanding: () => void;
};

/** The account stream's place in the duty of a tenant: it is open as long as this replica may have it and somebody wants it. */
export class StreamSeat {
  readonly #parts: StreamSeatParts;
  readonly #seat: DutySeat;
  #standing: Standing = { kind: 'none' };
  #isWanted = false;
  #session: StreamSession | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: StreamSeatParts) {
    this.#parts = parts;
    this.#seat = parts.duty.join({ stand: (standing) => this.#stand(standing) });
  }

  /** Whether this replica may have the stream. */
  get holds(): boolean {
    return this.#standing.kind !== 'none';
  }

  /** `isWanted`: by whomever. `isClaimed`: by listeners of this replica. */
  want({ isWanted, isClaimed }: { readonly isWanted: boolean; readonly isClaimed: boolean }): void {
    this.#isWanted = isWanted;
    if (isClaimed) this.#seat.claim();
    else this.#seat.waive();
    void this.#review();
  }

  async leave(): Promise<void> {
    this.#isWanted = false;
    await this.#seat.leave();
    await this.#closing;
  }

  async #stand(standing: Standing): Promise<void> {
    this.#standing = standing;
    this.#parts.onStanding();
    if (this.holds) this.#session?.stand(standing);
    await this.#review();
  }

  /** The next stream opens only when the last one is closed: the broker never sees two. */
  async #review(): Promise<void> {
    const isDue = this.holds && this.#isWanted;
    if (isDue && this.#session === undefined && this.#closing === undefined) {
      this.#session = this.#parts.openSession(this.#standing);
    }
    if (isDue) return;
    const session = this.#session;
    this.#session = undefined;
    if (session === undefined) return this.#closing;
    this.#closing = session.close().finally(() => {
      this.#closing = undefined;
      void this.#review();
    });
    await this.#closing;
  }
}
