import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadOrder, LoadResult, OrderedLoad, OrderedReport } from './load-order.ts';
import { sendToolCall } from './mcp-load.ts';
import { preferProcess } from './prefer-process.ts';
import { type RawHttp, createRawHttp } from './raw-http.ts';
import { type Send, runLoad, runWorkers } from './run-load.ts';

function sending(http: RawHttp, { calls }: OrderedLoad): Send {
  let at = 0;
  return (id) => {
    const call = calls[at++ % calls.length];
    return call === undefined ? Promise.reject(new Error('A load without calls')) : sendToolCall(http, call, id);
  };
}

async function carryOut(load: OrderedLoad, order: LoadOrder, http: RawHttp) {
  const { afterSeconds = 0, seconds = order.seconds } = load;
  const { keepsLedger = false, keepsTimes = false } = order;
  if (afterSeconds > 0) await sleep(afterSeconds * 1000);
  const plan = { name: load.name, seconds, send: sending(http, load) };
  if ('workers' in load) return runWorkers({ ...plan, workers: load.workers });
  const { ledger, servedMs, ...report } = await runLoad({ ...plan, ratePerSecond: load.ratePerSecond });
  const whole: OrderedReport = {
    ...report,
    ...(keepsLedger ? { ledger: [...ledger] } : {}),
    ...(keepsTimes ? { servedMs } : {}),
  };
  return whole;
}

// Callers are elsewhere, and have cores of their own.
preferProcess(process.pid);

// The loader as a process of its own, so that it and the gateway do not share one event loop: an order in, a result out.
process.once('message', (order: LoadOrder) => {
  const http = createRawHttp({
    url: order.url,
    ...(order.maxConnections === undefined ? {} : { maxConnections: order.maxConnections }),
  });
  const loads = order.loads.map(async (load) => [load.name, await carryOut(load, order, http)] as const);
  void Promise.all(loads).then((reports) => {
    http.close();
    const result: LoadResult = Object.fromEntries(reports);
    process.send?.(result, () => process.disconnect());
  });
});
