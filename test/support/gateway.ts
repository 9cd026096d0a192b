import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scope } from '../../src/auth/scopes.ts';
import { seedDemoTenants } from '../../src/commands/demo-tenants.ts';
import { type Gateway, startGateway } from '../../src/compose/gateway.ts';
import { readConfig } from '../../src/config.ts';
import { systemClock } from '../../src/core/clock.ts';
import { systemIds } from '../../src/core/ids.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import { createPinoLog } from '../../src/observability/pino-log.ts';
import { issueDevToken } from '../../src/tenancy/dev-token.ts';
import type { Simulator } from '../../src/simulator/create-simulator.ts';
import { WIDE_BOUNDS } from './wide-bounds.ts';

export type ToolReply = {
  readonly isError: boolean;
  readonly text: string;
  readonly data: Record<string, unknown>;
  readonly error: Record<string, unknown> | undefined;
};

/** The whole product in this process: the real composition over the embedded simulator, with demo tenants. */
export type TestGateway = {
  readonly url: string;
  readonly gateway: Gateway;
  readonly simulator: Simulator;
  readonly dataDir: string;
  /** Every line that was logged, as it left. */
  readonly logLines: readonly string[];
  token(tenant: string, scopes?: readonly Scope[]): string;
  /** A raw request to the MCP endpoint, in the 2026-07-28 era. */
  post(token: string, message: Record<string, unknown>, signal?: AbortSignal): Promise<Response>;
  call(token: string, tool: string, args?: Record<string, unknown>, id?: number): Promise<ToolReply>;
  close(): Promise<void>;
};

const PROTOCOL = '2026-07-28';

const META = {
  'io.modelcontextprotocol/protocolVersion': PROTOCOL,
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

export type RpcAnswer = {
  readonly id?: unknown;
  readonly result?: {
    readonly isError?: boolean;
    readonly content?: readonly { readonly text?: string }[];
    readonly structuredContent?: Record<string, unknown>;
    readonly tools?: readonly { readonly name: string; readonly inputSchema: unknown }[];
    readonly _meta?: Record<string, unknown>;
  };
  readonly error?: Record<string, unknown>;
};

/** The one message of an answer, whether it came as JSON or as an event stream. */
export const readRpc = async (response: Response): Promise<RpcAnswer> =>
  parseRpc(await response.text(), response.headers.get('content-type') ?? '');

/** As `readRpc`, of an answer that was read already. Throws on what is no JSON. */
export function parseRpc(text: string, contentType: string): RpcAnswer {
  if (!contentType.includes('text/event-stream')) return JSON.parse(text) as RpcAnswer;
  const data = text.split('\n').filter((line) => line.startsWith('data:'));
  return JSON.parse((data.at(-1) ?? 'data:{}').slice('data:'.length)) as RpcAnswer;
}

/** `simulator`: one that is there already, whose address the variables name; else the gateway brings its own. */
export async function startTestGateway(
  variables: Record<string, string> = {},
  simulator?: Simulator,
): Promise<TestGateway> {
  const dataDir = variables['DATA_DIR'] ?? (await mkdtemp(join(tmpdir(), 'gateway-whole-')));
  const logLines: string[] = [];
  const config = readConfig({
    PORT: '0',
    LOG_LEVEL: 'debug',
    TENANT_REQUESTS_PER_SECOND: '50',
    ...WIDE_BOUNDS,
    ...variables,
    DATA_DIR: dataDir,
  });
  const { log } = createPinoLog({ level: config.logLevel, readable: false, write: (line) => logLines.push(line) });
  const gateway = await startGateway({ config, clock: systemClock, ids: systemIds, log, metrics: createMetrics() });
  const { paper, devIssuer, url, tenancy } = gateway;
  const paperBroker = simulator ?? paper?.simulator;
  if (paperBroker === undefined || devIssuer === undefined) throw new Error('The test gateway runs in local mode');
  await seedDemoTenants(tenancy, async (customer) => paperBroker.grantFor(customer));
  const subjects = new Map<string, string>();
  for (const { tenant } of await tenancy.registry.list()) {
    await issueDevToken({ registry: tenancy.registry, devIssuer }, { tenant: tenant.name, scopes: ['read'] });
    subjects.set(tenant.name, tenant.id);
  }

  async function post(token: string, message: Record<string, unknown>, signal?: AbortSignal): Promise<Response> {
    const params = { ...(message['params'] as object), _meta: META };
    const name = (message['params'] as { name?: unknown } | undefined)?.name;
    return fetch(`${url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': PROTOCOL,
        'mcp-method': String(message['method']),
        ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
      },
      body: JSON.stringify({ jsonrpc: '2.0', ...message, params }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  return {
    url,
    gateway,
    simulator: paperBroker,
    dataDir,
    logLines,
    token: (tenant, scopes = ['read', 'trade']) => devIssuer.issue({ subject: subjects.get(tenant) ?? tenant, scopes }),
    post,
    async call(token, tool, args = {}, id = 1) {
      const message = { id, method: 'tools/call', params: { name: tool, arguments: args } };
      const answer = await readRpc(await post(token, message));
      if (answer.result === undefined) throw new Error(`No result: ${JSON.stringify(answer)}`);
      if (answer.id !== id) throw new Error(`An answer to ${String(answer.id)} came for ${id}`);
      const { isError = false, content = [], structuredContent = {}, _meta = {} } = answer.result;
      return {
        isError,
        text: content.map((part) => part.text ?? '').join('\n'),
        data: structuredContent,
        error: _meta['tasty-gateway/error'] as Record<string, unknown> | undefined,
      };
    },
    async close() {
      await gateway.close();
      if (variables['DATA_DIR'] === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
