import type { Customer, WireObject } from '../engine/desk.ts';
import type { World } from '../world.ts';

export type Login =
  | { readonly kind: 'customer'; readonly customer: Customer }
  /** The token came without the word `Bearer`. */
  | { readonly kind: 'no-bearer' }
  | { readonly kind: 'refused' };

/** Who sends a message: every one carries a token. */
export function readLogin({ tokens, desk }: World, message: WireObject): Login {
  const sent = message['auth-token'];
  const token = typeof sent === 'string' ? /^Bearer (?<token>\S+)$/u.exec(sent)?.groups?.['token'] : undefined;
  if (token === undefined) return { kind: 'no-bearer' };
  const held = tokens.read(token);
  return held === undefined ? { kind: 'refused' } : { kind: 'customer', customer: desk.customer(held.customerId) };
}
