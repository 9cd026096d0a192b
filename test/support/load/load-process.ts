import type { LoadOrder, LoadResult, OrderedLoad, OrderedReport } from './load-order.ts';
import { sendToolCall } from './mcp-load.ts';
import { type RawHttp, createRawHttp } from './raw-http.ts';
import { type Send, runLoad, runWorkers } from './run-load.ts';

function sending(http: RawHttp, { calls }: OrderedLoad): Send {
  let at = 0;
  return (id) => {
    const call = calls[at++ % calls.length];
    return call === undefined ? Promise.reject(new Error('A load without calls')) : sendToolCall(http, call, id);
  };
}

async function carryOut(load: OrderedLoad, { seconds, keepsLedger = false }: LoadOrder, http: RawHttp) {
  const plan = { name: load.name, seconds, send: sending(http, load) };
  if ('workers' in load) return runWorkers({ ...plan, workers: load.workers });
  const { ledger, ...report } = await runLoad({ ...plan, ratePerSecond: load.ratePerSecond });
  const whole: OrderedReport = keepsLedger ? { ...report, ledger: [...ledger] } : report;
  return whole;
}

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
