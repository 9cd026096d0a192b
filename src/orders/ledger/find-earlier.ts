import type { IntentRow } from '../../storage/stores/ledger-store.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import { parseBody } from '../intent-body.ts';
import type { IntentBody } from '../intent-body.ts';
import { earlierCall } from './earlier-call.ts';
import type { Call } from './earlier-call.ts';

/** What is known of a call before it is worked out: that it was made before, or what was previewed for it. */
export type Earlier = { readonly row?: IntentRow; readonly previewed?: IntentBody };

/**
 * Looks a call up, so that one that was made before is answered without asking the broker anything. Throws as `earlierCall`
 * does. The ledger step that opens an intent looks again.
 */
export async function findEarlier(call: Call, context: TenantContext): Promise<Earlier> {
  if (call.clientOrderId === undefined && call.presented === undefined) return {};
  const { row, confirmation } = await context.ledger.transact((tx) => earlierCall(tx, call, context));
  if (row !== undefined) return { row };
  return confirmation === undefined ? {} : { previewed: parseBody(confirmation) };
}
