import { sendToolCall } from './mcp-load.ts';
import type { LoadOrder, LoadResult } from './load-order.ts';
import { createRawHttp } from './raw-http.ts';
import { runLoad } from './run-load.ts';

// The loader as a process of its own, so that it and the gateway do not share one event loop: an order in, a result out.
process.once('message', (order: LoadOrder) => {
  const http = createRawHttp({ url: order.url, maxConnections: order.maxConnections ?? 512 });
  const loads = order.loads.map(async ({ name, ratePerSecond, calls }) => {
    let at = 0;
    const { ledger, ...report } = await runLoad({
      name,
      ratePerSecond,
      seconds: order.seconds,
      send: (id) => {
        const call = calls[at++ % calls.length];
        return call === undefined ? Promise.reject(new Error('No calls')) : sendToolCall(http, call, id);
      },
    });
    return [name, { ...report, ...(order.keepsLedger === true ? { ledger: [...ledger] } : {}) }] as const;
  });
  void Promise.all(loads).then((reports) => {
    http.close();
    const result: LoadResult = Object.fromEntries(reports);
    process.send?.(result, () => process.disconnect());
  });
});
