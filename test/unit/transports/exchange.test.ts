import { describe, expect, it } from 'vitest';
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import { createExchange } from '../../../src/transports/mcp/exchange.ts';

const REQUEST = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: {} } as const;
const QUESTION = {
  jsonrpc: '2.0',
  id: 0,
  method: 'elicitation/create',
  params: { _meta: { progressToken: 0 } },
} as const;

function start(id: string) {
  const emitted: JSONRPCMessage[] = [];
  const heard: JSONRPCMessage[] = [];
  const exchange = createExchange({ id, emit: (message) => void emitted.push(message) });
  exchange.transport.onmessage = (message) => void heard.push(message);
  let isDone = false;
  const served = exchange.serve(REQUEST).then(() => {
    isDone = true;
  });
  heard.length = 0;
  return { exchange, emitted, heard, served, isDone: () => isDone };
}

describe('an exchange', () => {
  it('names its questions after itself, and takes only answers to those', async () => {
    const a = start('a');
    const b = start('b');
    for (const { exchange } of [a, b]) await exchange.transport.send(QUESTION);
    expect(a.emitted).toEqual([{ ...QUESTION, id: 'a/0', params: { _meta: { progressToken: 'a/0' } } }]);

    const answer = { jsonrpc: '2.0', id: 'a/0', result: { action: 'accept' } } as const;
    for (const { exchange } of [a, b]) exchange.overhear(answer);
    expect(a.heard).toEqual([{ ...answer, id: 0 }]);
    expect(b.heard).toEqual([]);
  });

  it.each([0, '0', 'a/', 'a/x', 'a/1/2', 'aa/0', 'introduction'])('does not take the answer to %j', (id) => {
    const { exchange, heard } = start('a');
    exchange.overhear({ jsonrpc: '2.0', id, result: {} });
    exchange.overhear({ jsonrpc: '2.0', id, error: { code: 1, message: '' } });
    expect(heard).toEqual([]);
  });

  it('passes progress on its own questions', () => {
    const { exchange, heard } = start('a');
    for (const progressToken of ['a/3', 'b/3', 3]) {
      exchange.overhear({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken, progress: 1 } });
    }
    expect(heard).toEqual([
      { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 3, progress: 1 } },
    ]);
  });

  it('does not take requests from the side', () => {
    const { exchange, heard } = start('a');
    exchange.overhear({ jsonrpc: '2.0', id: 'a/0', method: 'tools/call' });
    expect(heard).toEqual([]);
  });

  it('is over when its request has been answered, and not before', async () => {
    const { exchange, served, isDone } = start('a');
    await exchange.transport.send({ jsonrpc: '2.0', id: 2, result: {} });
    await Promise.resolve();
    expect(isDone()).toBe(false);
    await exchange.transport.send({ jsonrpc: '2.0', id: 1, result: {} });
    await served;
  });

  it('is over when its own request is called off, and no other', async () => {
    const { exchange, served, isDone } = start('a');
    exchange.overhear({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 2 } });
    exchange.overhear({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: '1' } });
    await Promise.resolve();
    expect(isDone()).toBe(false);
    exchange.overhear({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } });
    await served;
  });

  it('introduces the client without a word of it leaving', async () => {
    const { exchange, emitted, heard } = start('a');
    const introduction = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } };
    const introduced = exchange.introduce(introduction);
    expect(heard).toEqual([{ jsonrpc: '2.0', id: 'a/introduction', method: 'initialize', params: introduction }]);
    await exchange.transport.send({ jsonrpc: '2.0', id: 'a/introduction', result: {} });
    await introduced;
    expect(emitted).toEqual([]);
  });
});
