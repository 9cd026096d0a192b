import type { Clock, Timer } from '../../core/clock.ts';
import type { Fleet } from '../../fleet/fleet.ts';

export type RemoteWantsParts = {
  readonly channels: Fleet['channels'];
  /** The tenant's id. */
  readonly owner: string;
  readonly clock: Clock;
  /** Told when others have begun, or ceased, to want it. */
  readonly onChange: () => void;
};

export type Role = {
  /** This replica has listeners, and does not hold the stream itself. */
  readonly wants: boolean;
  /** This replica may open the stream. */
  readonly holds: boolean;
};

const WANT = 'want';
const ASK = 'ask';
const SAY_EVERY_MS = 15_000;
/** Longer than two words may be apart, and one of them lost. */
const BELIEVED_MS = 40_000;
const RETRY_MS = 1000;

/** How replicas with listeners let the one that holds the stream know that there are some. */
export class RemoteWants {
  readonly #parts: RemoteWantsParts;
  #role: Role = { wants: false, holds: false };
  #leave: (() => void) | undefined;
  #isJoining = false;
  #saying: Timer | undefined;
  #forgetting: Timer | undefined;

  constructor(parts: RemoteWantsParts) {
    this.#parts = parts;
  }

  /** Whether another replica has said lately that it has listeners. */
  get isWanted(): boolean {
    return this.#forgetting !== undefined;
  }

  take(role: Role): void {
    const before = this.#role;
    this.#role = role;
    if (!role.holds) this.#forget();
    if (!role.wants && !role.holds) {
      this.close();
      return;
    }
    if (this.#leave === undefined) void this.#join();
    else if ((role.wants && !before.wants) || (role.holds && !before.holds)) this.#say();
    this.#saying ??= this.#parts.clock.every(SAY_EVERY_MS, () => this.#say());
  }

  close(): void {
    this.#role = { wants: false, holds: false };
    this.#saying?.cancel();
    this.#saying = undefined;
    this.#forget();
    this.#leave?.();
    this.#leave = undefined;
  }

  async #join(): Promise<void> {
    if (this.#isJoining) return;
    this.#isJoining = true;
    const { channels, clock } = this.#parts;
    const leave = await channels
      .subscribe(this.#name(), { message: (text) => this.#onMessage(text), gap: () => this.#say() })
      .catch(() => undefined);
    this.#isJoining = false;
    if (!this.#role.wants && !this.#role.holds) {
      leave?.();
    } else if (leave === undefined) {
      clock.after(RETRY_MS, () => void (this.#leave === undefined && this.#join()));
    } else {
      this.#leave = leave;
      this.#say();
    }
  }

  #onMessage(text: string): void {
    if (text === ASK && this.#role.wants) this.#publish(WANT);
    if (text !== WANT || !this.#role.holds) return;
    const isNews = this.#forgetting === undefined;
    this.#forgetting?.cancel();
    this.#forgetting = this.#parts.clock.after(BELIEVED_MS, () => {
      this.#forgetting = undefined;
      this.#parts.onChange();
    });
    if (isNews) this.#parts.onChange();
  }

  #forget(): void {
    this.#forgetting?.cancel();
    this.#forgetting = undefined;
  }

  /** What is not heard is said again before long. */
  #say(): void {
    if (this.#role.wants) this.#publish(WANT);
    else if (this.#role.holds && this.#forgetting === undefined) this.#publish(ASK);
  }

  #publish(text: string): void {
    void this.#parts.channels.publish(this.#name(), text).catch(() => {});
  }

  #name(): { kind: string; owner: string } {
    return { kind: 'account-wants', owner: this.#parts.owner };
  }
}
