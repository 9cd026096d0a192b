import { isJSONRPCRequest } from '@modelcontextprotocol/server';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isRequest, readMessage } from '../../../src/transports/mcp/json-rpc.ts';

const id = fc.oneof(fc.constantFrom(0, 1, 1.5, -1, '', 'a', null, undefined, true), fc.string(), fc.integer());
const jsonrpc = fc.constantFrom('2.0', '2.0', '2.0', '1.0');
const method = fc.constantFrom('tools/call', 'notifications/cancelled', '');
const params = fc.constantFrom(undefined, {}, { name: 'a' }, null, []);
const error = fc.constantFrom({ code: 1, message: 'no' }, {});
const body = fc.oneof(
  fc.record({ jsonrpc, id, method, params }, { requiredKeys: ['jsonrpc', 'method'] }),
  fc.record({ jsonrpc, id, result: fc.constantFrom({}, null) }, { requiredKeys: ['jsonrpc', 'result'] }),
  fc.record({ jsonrpc, id, error }, { requiredKeys: ['jsonrpc', 'error'] }),
  fc.record({ jsonrpc, id, method, result: fc.constant({}), error, other: fc.constant(1) }, { requiredKeys: [] }),
);

it('tells requests from other messages as the SDK does, of all that is read as a message', () => {
  const seen = { requests: 0, others: 0 };
  fc.assert(
    fc.property(body, (sent) => {
      let message;
      try {
        message = readMessage(sent);
      } catch {
        return;
      }
      expect(isRequest(message)).toBe(isJSONRPCRequest(message));
      seen[isRequest(message) ? 'requests' : 'others'] += 1;
    }),
    { numRuns: 5000 },
  );
  expect(Math.min(seen.requests, seen.others)).toBeGreaterThan(50);
});
