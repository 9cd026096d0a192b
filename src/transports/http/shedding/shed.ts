import { GatewayError } from '../../../core/errors.ts';

/** Why a request was refused before any work was done for it. A bounded set, fit for a metric's label. */
export type ShedReason = 'tenant_busy' | 'tenant_rate' | 'gateway_busy' | 'gateway_late' | 'ending';

const SOON_MS = 1000;

type Words = { readonly code: 'rate_limited' | 'overloaded'; readonly message: string; readonly advice: string };

const WORDS: Record<ShedReason, Words> = {
  tenant_busy: {
    code: 'rate_limited',
    message: 'As many of your calls are under way as may be at a time, so this one was not begun.',
    advice: 'Wait until some of them are answered, then ask again.',
  },
  tenant_rate: {
    code: 'rate_limited',
    message: 'Your calls come faster than the gateway takes them, so this one was not begun.',
    advice: 'Ask again in a moment, and less often.',
  },
  gateway_busy: {
    code: 'overloaded',
    message: 'The gateway has as much to do as it can, so this call was not begun.',
    advice: 'Ask again in a moment. Cancels and the status of orders are still served.',
  },
  gateway_late: {
    code: 'overloaded',
    message: 'The gateway does not keep up at the moment, so this call was not begun.',
    advice: 'Ask again in a moment. Cancels and the status of orders are still served.',
  },
  ending: {
    code: 'overloaded',
    message: 'This part of the gateway is being stopped, so this call was not begun.',
    advice: 'Ask again at once: another part answers.',
  },
};

/** A refusal for load alone. */
export class Shed extends GatewayError {
  readonly reason: ShedReason;

  constructor(reason: ShedReason) {
    const { code, message, advice } = WORDS[reason];
    super(code, message, { advice, retryAfterMs: SOON_MS });
    this.reason = reason;
  }
}

/** Made once: to note where an error comes from costs more than all the rest of a refusal. */
export const SHED: Readonly<Record<ShedReason, Shed>> = {
  tenant_busy: new Shed('tenant_busy'),
  tenant_rate: new Shed('tenant_rate'),
  gateway_busy: new Shed('gateway_busy'),
  gateway_late: new Shed('gateway_late'),
  ending: new Shed('ending'),
};
