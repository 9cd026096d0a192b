import { describe, expect, it } from 'vitest';
import { createEventStream } from '../../../src/transports/http/event-stream.ts';
import { createStreamBytes } from '../../../src/transports/http/streams/stream-bytes.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const bytes = createStreamBytes({ unread() {}, stalled() {} });
const cut = (): void => {};

async function readAll(body: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(body).text();
}

describe('an event stream', () => {
  it('opens with a byte, beats every 15 seconds and ends once', async () => {
    const clock = createManualClock();
    let beats = 0;
    let ends = 0;
    const stream = createEventStream({
      clock,
      bytes,
      cut,
      onBeat: () => void (beats += 1),
      onEnd: () => void (ends += 1),
    });
    stream.send({ name: 'message', data: '{}' });
    await clock.advance(30_000);
    stream.end();
    stream.end();
    stream.send({ name: 'message', data: 'late' });
    await clock.advance(30_000);
    expect(await readAll(stream.body)).toBe(': open\n\nevent: message\ndata: {}\n\n: keepalive\n\n: keepalive\n\n');
    expect({ beats, ends }).toEqual({ beats: 2, ends: 1 });
  });

  it('stops when its reader goes', async () => {
    const clock = createManualClock();
    let ends = 0;
    const stream = createEventStream({ clock, bytes, cut, onEnd: () => void (ends += 1) });
    await stream.body.cancel();
    stream.send({ name: 'message', data: '{}' });
    stream.end();
    expect(ends).toBe(1);
  });

  it('gives up a reader that does not read', async () => {
    let ends = 0;
    let cuts = 0;
    const stream = createEventStream({
      clock: createManualClock(),
      bytes,
      cut: () => void (cuts += 1),
      onEnd: () => void (ends += 1),
    });
    for (let index = 0; index < 200; index += 1) stream.send({ name: 'message', data: 'x'.repeat(1000) });
    expect({ ends, cuts }).toEqual({ ends: 1, cuts: 1 });
    await expect(readAll(stream.body)).rejects.toThrow('does not read');
  });
});
