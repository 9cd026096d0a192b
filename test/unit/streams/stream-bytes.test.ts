import { describe, expect, it } from 'vitest';
import { boundedResponse } from '../../../src/transports/http/streams/bounded-response.ts';
import { createStreamBytes } from '../../../src/transports/http/streams/stream-bytes.ts';

const KB = 1024;
const bytesOf = (size: number): Uint8Array => new Uint8Array(size);

function bench() {
  let unread = 0;
  let most = 0;
  const stalled: string[] = [];
  let gone = 0;
  let cuts = 0;
  const streams = createStreamBytes({
    unread(bytes) {
      unread = bytes;
      most = Math.max(most, bytes);
    },
    stalled: (by) => void stalled.push(by),
  });
  return {
    stalled,
    open: () => streams.open({ onGone: () => void (gone += 1), cut: () => void (cuts += 1) }),
    bound: (response: Response) => boundedResponse(response, streams, () => void (cuts += 1)),
    seen: () => ({ unread, most, stalled: stalled.length, gone, cuts }),
  };
}

async function sizeOf(body: ReadableStream<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const piece of body) {
    expect(piece.byteLength).toBeLessThanOrEqual(16 * KB);
    size += piece.byteLength;
  }
  return size;
}

describe('the bytes of a stream', () => {
  it('reach a reader in small pieces, and are gone from the account', async () => {
    const { open, seen } = bench();
    const body = open();
    for (let at = 0; at < 10; at += 1) expect(body.write(bytesOf(10 * KB))).toBe(true);
    expect(seen().unread).toBe(100 * KB);
    body.end();
    expect(await sizeOf(body.body)).toBe(100 * KB);
    expect(seen()).toEqual({ unread: 0, most: 100 * KB, stalled: 0, gone: 0, cuts: 0 });
    expect(body.write(bytesOf(1))).toBe(false);
  });

  it('are handed over at once to a reader who waits', async () => {
    const { open, seen } = bench();
    const body = open();
    const reader = body.body.getReader();
    const read = reader.read();
    await new Promise((resolve) => setImmediate(resolve));
    body.write(bytesOf(7));
    expect((await read).value?.byteLength).toBe(7);
    expect(seen().most).toBe(0);
  });

  it('are bounded: a reader who leaves them is given up, and all of them forgotten', async () => {
    const { open, seen } = bench();
    const body = open();
    const taken = Array.from({ length: 400 }, () => body.write(bytesOf(KB)));
    expect(taken.filter(Boolean)).toHaveLength(160);
    expect(seen()).toEqual({ unread: 0, most: 160 * KB, stalled: 1, gone: 1, cuts: 1 });
    await expect(sizeOf(body.body)).rejects.toThrow('does not read');
  });

  it('may be more than the bound in one event, when nothing else is unread', async () => {
    const { open } = bench();
    const body = open();
    expect(body.write(bytesOf(500 * KB))).toBe(true);
    body.end();
    expect(await sizeOf(body.body)).toBe(500 * KB);
  });

  it('are forgotten when the reader goes', async () => {
    const { open, seen } = bench();
    const body = open();
    body.write(bytesOf(KB));
    await body.body.cancel();
    expect(seen()).toEqual({ unread: 0, most: KB, stalled: 0, gone: 1, cuts: 0 });
    expect(body.write(bytesOf(1))).toBe(false);
  });

  it('are bounded over all streams', () => {
    const { open, seen } = bench();
    const bodies = Array.from({ length: 500 }, open);
    for (let round = 0; round < 150; round += 1) for (const body of bodies) body.write(bytesOf(KB));
    expect(seen().most).toBeLessThanOrEqual(64 * KB * KB + 500 * KB);
    expect(seen().stalled).toBeGreaterThan(50);
  });
});

describe('a response of somebody else’s', () => {
  const eventStream = { 'content-type': 'text/event-stream' };

  function unbounded() {
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
    let isCancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start: (own) => void (controller = own),
      cancel: () => void (isCancelled = true),
    });
    return {
      body,
      write: (bytes: Uint8Array) => controller?.enqueue(bytes),
      close: () => controller?.close(),
      fail: () => controller?.error(new Error('broken')),
      isCancelled: () => isCancelled,
    };
  }

  it('is handed on as it comes, to its end', async () => {
    const { bound } = bench();
    const source = unbounded();
    const response = bound(new Response(source.body, { status: 200, headers: eventStream }));
    source.write(bytesOf(20 * KB));
    source.close();
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect((await response.arrayBuffer()).byteLength).toBe(20 * KB);
  });

  it('is cut off, and its source told, when nobody reads it', async () => {
    const { bound, seen } = bench();
    const source = unbounded();
    const response = bound(new Response(source.body, { headers: eventStream }));
    for (let at = 0; at < 100; at += 1) source.write(bytesOf(10 * KB));
    await expect.poll(source.isCancelled).toBe(true);
    expect(seen()).toMatchObject({ unread: 0, stalled: 1, cuts: 1 });
    await expect(response.text()).rejects.toThrow('does not read');
  });

  it('breaks where its source breaks, and ends its source where its reader goes', async () => {
    const { bound } = bench();
    const broken = unbounded();
    const first = bound(new Response(broken.body, { headers: eventStream }));
    broken.fail();
    await expect(first.text()).rejects.toThrow('broken');
    const left = unbounded();
    const second = bound(new Response(left.body, { headers: eventStream }));
    await second.body?.cancel();
    await expect.poll(left.isCancelled).toBe(true);
  });

  it('is itself when it is no stream', () => {
    const { bound } = bench();
    const response = Response.json({});
    expect(bound(response)).toBe(response);
  });
});
