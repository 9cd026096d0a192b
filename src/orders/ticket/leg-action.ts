import { LEG_ACTIONS } from '../../broker/model/order.ts';
import type { LegAction } from '../../broker/model/order.ts';
import { GatewayError } from '../../core/errors.ts';
import { quoted } from '../../core/quoted.ts';

const plain = (text: string): string =>
  text
    .trim()
    .replaceAll(/[\s_-]+/gu, ' ')
    .toLowerCase();
const BY_WORDS: ReadonlyMap<string, LegAction> = new Map(LEG_ACTIONS.map((action) => [plain(action), action]));

/**
 * The action that these words name, whatever their case and spacing. Only the six actions are known: anything else is
 * refused with `invalid_input`, because a guess could change the side of an order.
 */
export function parseAction(words: string): LegAction {
  const action = BY_WORDS.get(plain(words));
  if (action !== undefined) return action;
  throw new GatewayError('invalid_input', `There is no action "${quoted(words, 40)}".`, {
    details: { allowed: LEG_ACTIONS },
    advice: "Stocks take 'Buy' or 'Sell', options 'Buy to Open' and its like, futures 'Buy' or 'Sell'.",
  });
}
