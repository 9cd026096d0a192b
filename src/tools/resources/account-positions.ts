import { getPositions } from '../get-positions.ts';
import { accountResource } from './account-resource.ts';

const MOST_ROWS = 500;

export const accountPositions = accountResource({
  part: 'positions',
  title: 'Open positions',
  tool: getPositions,
  args: { limit: MOST_ROWS },
});
