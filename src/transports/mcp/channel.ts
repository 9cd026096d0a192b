import type { LoggingLevel, Server, ServerContext } from '@modelcontextprotocol/server';
import type { ClientChannel, ClientQuestion } from '../../tools/client-channel.ts';
import type { Visit } from './visit.ts';

const LOGGER = 'tasty-gateway';
const SEVERITY: readonly LoggingLevel[] = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
];

export type ChannelParts = {
  readonly server: Server;
  readonly ctx: ServerContext;
  readonly visit: Visit;
  readonly state: unknown;
};

/** The channel from one running call to its client, in either era. Words that no longer reach anyone are dropped. */
export function openChannel({ server, ctx, visit, state }: ChannelParts): ClientChannel {
  const { mcpReq } = ctx;
  const progressToken = mcpReq._meta?.progressToken;
  const notify = async (method: string, params: Record<string, unknown>): Promise<void> =>
    mcpReq.notify({ method, params }).catch(() => {});
  return {
    async progress({ done, total, message }) {
      if (progressToken === undefined) return;
      await notify('notifications/progress', {
        progressToken,
        progress: done,
        ...(total === undefined ? {} : { total }),
        ...(message === undefined ? {} : { message }),
      });
    },
    async notice(level, data) {
      // A 2026-era client names its level in the call's envelope, and hears nothing unless it does.
      if (mcpReq.envelope !== undefined) return mcpReq.log(level, data, LOGGER).catch(() => {});
      if (isWanted(level, visit.noticeLevel())) await notify('notifications/message', { level, data, logger: LOGGER });
    },
    canAnswer: (question) => canAnswer(server, question),
    answers: mcpReq.inputResponses ?? {},
    state,
  };
}

const isWanted = (level: LoggingLevel, least: LoggingLevel = 'debug'): boolean =>
  SEVERITY.indexOf(level) >= SEVERITY.indexOf(least);

function canAnswer(server: Server, { method, params }: ClientQuestion): boolean {
  const { elicitation, sampling, roots } = server.getClientCapabilities() ?? {};
  if (method === 'sampling/createMessage') return sampling !== undefined;
  if (method === 'roots/list') return roots !== undefined;
  if (params?.['mode'] === 'url') return elicitation?.url !== undefined;
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}
