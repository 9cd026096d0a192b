import { once } from 'node:events';
import { WebSocket } from 'ws';

const PATIENCE_MS = 20_000;

/** Bytes of the heap that a process still uses after a full garbage collection, asked of its inspector on loopback. */
export async function heapAfterCollection(inspectPort: number): Promise<number> {
  const listed = await fetch(`http://127.0.0.1:${inspectPort}/json/list`, { signal: AbortSignal.timeout(PATIENCE_MS) });
  const [target] = (await listed.json()) as readonly { readonly webSocketDebuggerUrl: string }[];
  if (target === undefined) throw new Error('Nothing to inspect');
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await once(socket, 'open');
  try {
    await ask(socket, 1, 'HeapProfiler.collectGarbage');
    const { usedSize } = await ask(socket, 2, 'Runtime.getHeapUsage');
    if (typeof usedSize !== 'number') throw new Error('The inspector told no size');
    return usedSize;
  } finally {
    socket.terminate();
  }
}

type Answer = { readonly id?: number; readonly result?: Readonly<Record<string, unknown>> };

function ask(socket: WebSocket, id: number, method: string): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${method} was not answered`)), PATIENCE_MS);
    const hear = (data: unknown): void => {
      const answer = JSON.parse(String(data)) as Answer;
      if (answer.id !== id) return;
      clearTimeout(timer);
      socket.off('message', hear);
      resolve(answer.result ?? {});
    };
    socket.on('message', hear);
    socket.send(JSON.stringify({ id, method }));
  });
}
