import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options: { readonly type: 'minor' | 'major' }) => void;

const WARM_UP = 50;
const TIMES = 300;
const LENGTH = 10_000;
const WEIGHT = LENGTH * 8;

/**
 * The part of what many calls had in hand that collections of young objects leave behind for a full one. Each call is given
 * something of its own, of a weight that tells.
 */
export async function leftBehind(call: (weight: readonly number[]) => unknown): Promise<number> {
  const repeat = async (times: number): Promise<void> => {
    for (let at = 0; at < times; at += 1) {
      await call(Array.from({ length: LENGTH }, () => at));
      await turn();
    }
  };
  await repeat(WARM_UP);
  collect({ type: 'major' });
  const before = process.memoryUsage().heapUsed;
  await repeat(TIMES);
  for (let time = 0; time < 3; time += 1) collect({ type: 'minor' });
  return (process.memoryUsage().heapUsed - before) / (TIMES * WEIGHT);
}
