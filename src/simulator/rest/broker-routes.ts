import type { World } from '../world.ts';
import { accountRoutes } from './accounts.ts';
import { complexOrderRoutes } from './complex-orders.ts';
import { customerRoutes } from './customers.ts';
import { instrumentRoutes } from './instruments.ts';
import { marginRoutes } from './margin.ts';
import { marketDataRoutes } from './market-data.ts';
import { marketMetricsRoutes } from './market-metrics.ts';
import { marketTimeRoutes } from './market-time.ts';
import { optionChainRoutes } from './option-chains.ts';
import { orderReadRoutes, orderWriteRoutes } from './orders.ts';
import type { Route } from './route.ts';
import { symbolSearchRoutes } from './symbol-search.ts';
import { transactionRoutes } from './transactions.ts';
import { watchlistRoutes } from './watchlists.ts';

/** All of the broker's REST resources that the simulator serves. */
export const brokerRoutes = (world: World): readonly Route[] => [
  ...customerRoutes(world),
  ...accountRoutes(world),
  ...transactionRoutes(world),
  ...orderReadRoutes(world),
  ...orderWriteRoutes(world),
  ...complexOrderRoutes(world),
  ...marginRoutes(world),
  ...instrumentRoutes(world),
  ...optionChainRoutes(world),
  ...marketDataRoutes(world),
  ...marketMetricsRoutes(world),
  ...marketTimeRoutes(world),
  ...symbolSearchRoutes(world),
  ...watchlistRoutes(world),
];
