import type { FastifyInstance, FastifyRequest } from 'fastify';
import { noSuchRoute, validationError, WireRefusal } from '../wire-refusal.ts';
import { send } from '../rest/deliver.ts';
import { fieldsOf, faultRule, numberField, optionalText, socketFilter, textField } from './read-command.ts';
import type { SimulatorControl } from './simulator-control.ts';

type Command = (body: unknown) => unknown;

const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/u;

/** The same strings over HTTP, under `/_simulator`, for peers on this machine that are no browser. To others it does not exist. */
export function addControlRoutes(app: FastifyInstance, control: SimulatorControl): void {
  const serve = (method: 'GET' | 'POST' | 'DELETE', url: string, command: Command): void => {
    app.route({
      method,
      url: `/_simulator${url}`,
      handler: (request, reply) => send(reply, { status: 200, body: { data: obey(request, command) ?? null } }),
      errorHandler: (error, _request, reply) => {
        const refusal =
          error instanceof WireRefusal ? error : validationError([{ domain: 'body', reason: error.message }]);
        void send(reply, refusal);
      },
    });
  };
  serve('GET', '/counters', () => control.counters());
  for (const part of ['requests', 'sockets', 'grants'] as const) serve('GET', `/${part}`, () => control.history(part));
  serve('GET', '/faults', () => control.faults());
  serve('POST', '/faults', (body) => control.addFault(faultRule(body)));
  serve('DELETE', '/faults', () => control.clearFaults());
  serve('POST', '/sockets/drop', (body) => ({ sockets: control.dropSockets(socketFilter(body)) }));
  serve('POST', '/sockets/freeze', (body) => ({ sockets: control.freezeSockets(socketFilter(body)) }));
  serve('POST', '/feed/format', (body) => control.forceFeedFormat(feedFormat(body)));
  serve('POST', '/tokens/expire', (body) => control.expireTokens(optionalText(fieldsOf(body), 'customerId')));
  serve('POST', '/grants/revoke', (body) => control.revokeGrant(textField(fieldsOf(body), 'customerId')));
  serve('POST', '/market/move', (body) => {
    const fields = fieldsOf(body);
    control.moveMarket(textField(fields, 'symbol'), numberField(fields, 'factor'));
  });
  serve('POST', '/clock/shift', (body) => control.shiftClock(numberField(fieldsOf(body), 'byMs')));
  serve('POST', '/reset', () => control.reset());
}

function obey(request: FastifyRequest, command: Command): unknown {
  const isLocal = LOOPBACK.test(request.socket.remoteAddress ?? '');
  if (!isLocal || request.headers.origin !== undefined) throw noSuchRoute();
  return command(request.body);
}

function feedFormat(body: unknown): 'COMPACT' | 'FULL' {
  const { format } = fieldsOf(body);
  if (format === 'COMPACT' || format === 'FULL') return format;
  throw validationError([{ domain: 'format', reason: 'does not have a valid value' }]);
}
