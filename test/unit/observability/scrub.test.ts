import { describe, expect, it } from 'vitest';
import { createPinoLog } from '../../../src/observability/pino-log.ts';
import { scrub } from '../../../src/observability/scrub.ts';

const JWT = `${Buffer.from('{"alg":"ES256"}').toString('base64url')}.${Buffer.from('{"sub":"planted"}').toString('base64url')}.c2lnbmF0dXJlLXBsYW50ZWQ`;
const SECRET = 'planted-secret-0123456789abcdef';

const SHAPES: [string, unknown][] = [
  ['a header', { headers: { authorization: `Bearer ${JWT}` } }],
  ['a header in capitals', { headers: { Authorization: `Bearer ${SECRET}` } }],
  ['a list of raw headers', { rawHeaders: ['authorization', `Bearer ${SECRET}`] }],
  ['a client secret', { client_secret: SECRET }],
  ['a dasherized refresh token', { body: { 'refresh-token': SECRET } }],
  ['a camel-case access token', { answer: { accessToken: SECRET } }],
  ['a body as text', { body: JSON.stringify({ grant_type: 'refresh_token', client_secret: SECRET }) }],
  ['a body as text twice', { body: JSON.stringify(JSON.stringify({ refresh_token: SECRET })) }],
  ['a form', { body: `grant_type=refresh_token&client_secret=${SECRET}&scope=read` }],
  ['a query', { url: `/messages?sessionId=${SECRET}` }],
  ['an error message', { error: new Error(`failed with Bearer ${SECRET}`) }],
  ['an error cause', { error: new Error('x', { cause: new Error(`token=${SECRET}`) }) }],
  ['a bare token in a sentence', { note: `got ${JWT} from somewhere` }],
  ['a token in an array', { values: [[JWT]] }],
  ['a streamer message', { frame: JSON.stringify({ action: 'heartbeat', 'auth-token': SECRET }) }],
  ['a quote token', { type: 'AUTH', token: SECRET }],
  ['a database address', { url: `postgres://gateway:${SECRET}@127.0.0.1/db` }],
  ['percent-encoded', { url: `/x?h=Bearer%20${SECRET}` }],
];

describe('secrets in logs', () => {
  it.each(SHAPES)('%s leaves no secret, at any level, in JSON or readable', (_name, fields) => {
    for (const readable of [false, true]) {
      const lines: string[] = [];
      const { log } = createPinoLog({ level: 'debug', readable, write: (line) => lines.push(line) });
      log.debug(fields as Record<string, unknown>, 'planted');
      log.with(fields as Record<string, unknown>).error({}, 'planted');
      expect(lines).toHaveLength(2);
      expect(lines.join('')).not.toContain(SECRET);
      expect(lines.join('')).not.toContain(JWT);
      expect(lines.join('')).toContain('planted');
    }
  });

  it('leaves ordinary text alone', () => {
    const line = '{"tool":"get_quotes","durationMs":12,"route":"/mcp","message":"A token was refreshed"}';
    expect(scrub(line)).toBe(line);
  });
});
