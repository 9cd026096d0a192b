import type { BoundedBody } from './bounded-body.ts';
import type { StreamBytes } from './stream-bytes.ts';

/** The same response; a stream of events in it is read as it comes and handed on within the bounds, since nobody else bounds it. */
export function boundedResponse(response: Response, bytes: StreamBytes, cut: () => void): Response {
  const { body, status, headers } = response;
  if (body === null || headers.get('content-type')?.startsWith('text/event-stream') !== true) return response;
  const reader = body.getReader();
  const bounded = bytes.open({ onGone: () => void reader.cancel().catch(() => {}), cut });
  void handOn(reader, bounded).catch((error: unknown) => bounded.fail(asError(error)));
  return new Response(bounded.body, { status, headers });
}

async function handOn(reader: ReadableStreamDefaultReader<Uint8Array>, bounded: BoundedBody): Promise<void> {
  for (let isOpen = true; isOpen;) {
    const { done, value } = await reader.read();
    if (done) return bounded.end();
    isOpen = bounded.write(value);
  }
}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error('The stream broke'));
