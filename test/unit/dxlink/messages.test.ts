import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFrame } from '../../../src/broker/dxlink/messages.ts';
import { recorded, recordedTranscript } from '../../support/dxlink-recorded.ts';

describe('parseFrame', () => {
  it('reads every frame of the server in a recorded session', () => {
    const frames = recordedTranscript().filter(({ from }) => from === 'server');
    expect(frames.length).toBeGreaterThan(8);
    for (const { msg } of frames) {
      expect(parseFrame(JSON.stringify(msg))).toMatchObject({ kind: 'frame', frame: { type: msg.type } });
    }
  });

  it.each(['dxlink.feed-data-quote-compact', 'dxlink.feed-data-candle-compact'])('reads %s', (name) => {
    expect(parseFrame(recorded(name))).toMatchObject({ kind: 'frame', frame: { type: 'FEED_DATA', channel: 1 } });
  });

  it('reads a SETUP without time limits', () => {
    const frame = { type: 'SETUP', channel: 0 };
    expect(parseFrame(JSON.stringify(frame))).toEqual({ kind: 'frame', frame });
  });

  it.each(['DOM_CONFIG', 'toString', '__proto__', 'constructor'])('passes over the unknown type %s', (type) => {
    expect(parseFrame(JSON.stringify({ type, channel: 1 }))).toEqual({ kind: 'unknown' });
  });

  it.each([
    ['binary', undefined],
    ['no JSON', '{'],
    ['null', 'null'],
    ['a list', '[]'],
    ['no type', '{"channel":0}'],
    ['no channel', '{"type":"KEEPALIVE"}'],
    ['a channel that is none', '{"type":"KEEPALIVE","channel":-1}'],
    ['an unknown state', '{"type":"AUTH_STATE","channel":0,"state":"MAYBE"}'],
    ['data that is no list', '{"type":"FEED_DATA","channel":1,"data":{}}'],
    ['fields that are none', '{"type":"FEED_CONFIG","channel":1,"eventFields":{"Quote":[]}}'],
    ['a time limit as text', '{"type":"SETUP","channel":0,"keepaliveTimeout":"60"}'],
  ])('takes %s for malformed', (_, text) => {
    expect(parseFrame(text)).toEqual({ kind: 'malformed' });
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parseFrame(text)));
  });
});
