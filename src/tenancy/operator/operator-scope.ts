import type { Clock } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import type { IdSource } from '../../core/ids.ts';
import { quoted } from '../../core/quoted.ts';
import { GLOBAL_SCOPE } from '../../storage/stores/switch-scope.ts';
import type { SwitchStore } from '../../storage/stores/switch-store.ts';
import type { Registry } from '../registry.ts';

/** Whom an operator means: everybody, or one tenant. `name` is absent when the tenant has been removed. */
export type OperatorScope =
  | { readonly kind: 'global' }
  | { readonly kind: 'tenant'; readonly id: string; readonly name?: string };

/** What an operator wants done, and why. */
export type OperatorWish = {
  /** By name; absent: everybody. */
  readonly tenant?: string;
  /** 1 to 200 visible characters. */
  readonly reason: string;
  /** Who wants it, as records name them. */
  readonly by: string;
};

export type OperatorDeps = {
  readonly registry: Pick<Registry, 'idOf' | 'nameOf'>;
  readonly switches: SwitchStore;
  readonly clock: Clock;
  readonly ids: IdSource;
};

const MAX_REASON = 200;

/** The scope of a tenant by name, or of everybody. Throws `not_found`. */
export async function scopeOf({ registry }: OperatorDeps, tenant: string | undefined): Promise<OperatorScope> {
  return tenant === undefined ? { kind: 'global' } : { kind: 'tenant', id: await registry.idOf(tenant), name: tenant };
}

/** A scope as it is stored, told with its tenant's name. */
export async function scopeStored({ registry }: OperatorDeps, stored: string): Promise<OperatorScope> {
  if (stored === GLOBAL_SCOPE) return { kind: 'global' };
  const name = await registry.nameOf(stored);
  return { kind: 'tenant', id: stored, ...(name === undefined ? {} : { name }) };
}

export const storedScope = (scope: OperatorScope): string => (scope.kind === 'global' ? GLOBAL_SCOPE : scope.id);

/** A reason that can be kept and shown. Throws `invalid_input`. */
export function readReason(text: string): string {
  const reason = quoted(text, MAX_REASON + 1);
  if (reason.length >= 1 && reason.length <= MAX_REASON) return reason;
  throw new GatewayError('invalid_input', `A reason has 1 to ${MAX_REASON} visible characters.`, {
    advice: 'Say in a few words why, for those who read it later.',
  });
}
