import { analyzeIvOpportunities } from './analyze-iv-opportunities.ts';
import { cancelAllOrders } from './cancel-all-orders.ts';
import { deleteOrder } from './delete-order.ts';
import { deletePrivateWatchlist } from './delete-private-watchlist.ts';
import { getBalances } from './get-balances.ts';
import { getCurrentTimeNyc } from './get-current-time-nyc.ts';
import { getGreeks } from './get-greeks.ts';
import { getLiveOrders } from './get-live-orders.ts';
import { getMarketMetrics } from './get-market-metrics.ts';
import { getNetLiquidatingValueHistory } from './get-net-liquidating-value-history.ts';
import { getOptionChain } from './get-option-chain.ts';
import { getOrder } from './get-order.ts';
import { getOrderHistory } from './get-order-history.ts';
import { getPositions } from './get-positions.ts';
import { getQuotes } from './get-quotes.ts';
import { getTransactionHistory } from './get-transaction-history.ts';
import { getWatchlists } from './get-watchlists.ts';
import { managePrivateWatchlist } from './manage-private-watchlist.ts';
import { marketStatus } from './market-status.ts';
import type { Pack } from './pack.ts';
import { placeComplexOrder } from './place-complex-order.ts';
import { placeOrder } from './place-order.ts';
import { previewOrder } from './preview-order.ts';
import { replaceOrder } from './replace-order.ts';
import { accountBalances } from './resources/account-balances.ts';
import { accountOrders } from './resources/account-orders.ts';
import { accountPositions } from './resources/account-positions.ts';
import { quote } from './resources/quote.ts';
import { searchSymbols } from './search-symbols.ts';

/** Everything that a brokerage account can be asked for, in the order in which it is listed. */
export const tastytradePack: Pack = Object.freeze({
  tools: [
    getBalances,
    getPositions,
    getNetLiquidatingValueHistory,
    getQuotes,
    getGreeks,
    getOptionChain,
    getMarketMetrics,
    marketStatus,
    searchSymbols,
    getTransactionHistory,
    getOrderHistory,
    getLiveOrders,
    getOrder,
    previewOrder,
    placeOrder,
    placeComplexOrder,
    replaceOrder,
    deleteOrder,
    cancelAllOrders,
    getWatchlists,
    managePrivateWatchlist,
    deletePrivateWatchlist,
    getCurrentTimeNyc,
  ],
  prompts: [analyzeIvOpportunities],
  resourceTemplates: [quote, accountPositions, accountBalances, accountOrders],
});
