import type { Clock } from '../core/clock.ts';
import { type JsonObject, parseStrictObject } from './strict-json.ts';

export type Fetch = typeof globalThis.fetch;
export type FetchDeps = { readonly fetch: Fetch; readonly clock: Clock };

const TIMEOUT_MS = 3000;
const MAX_BYTES = 262_144;

/** GETs one JSON object: no redirects, 256 KiB at most, within three seconds. Throws an Error that says what was wrong. */
export async function fetchObject(url: string, { fetch, clock }: FetchDeps): Promise<JsonObject> {
  const deadline = new AbortController();
  const timer = clock.after(TIMEOUT_MS, () => deadline.abort(new Error('It did not answer in time')));
  try {
    const headers = { accept: 'application/json' };
    const response = await fetch(url, { headers, redirect: 'error', signal: deadline.signal });
    if (!response.ok) throw new Error(`It answered with status ${response.status}`);
    const object = parseStrictObject(await readBounded(response));
    if (object === undefined) throw new Error('It answered with something other than a JSON object');
    return object;
  } finally {
    timer.cancel();
    deadline.abort();
  }
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new Error('It answered with too much');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
