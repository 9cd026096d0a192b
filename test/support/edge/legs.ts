import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport as OldSse } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport as OldStdio } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as OldHttp } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const INFO = { name: 'test-client', version: '1.0.0' };
const STDIO_PROGRAM = new URL('stdio-program.ts', import.meta.url).pathname;

/** What any client of any leg looks like to a test. */
export type LegClient = {
  listTools(): Promise<string[]>;
  call(name: string, args?: Record<string, unknown>, options?: { signal?: AbortSignal }): Promise<CallResult>;
  readonly instructions: string | undefined;
  /** The revision agreed on, where the client tells. */
  readonly revision: string | undefined;
  close(): Promise<void>;
};

export type CallResult = {
  readonly isError?: boolean | undefined;
  readonly structuredContent?: unknown;
  readonly content: readonly { readonly type: string; readonly text?: string }[];
};

export type LegOptions = {
  readonly url: string;
  /** `trader`, `reader` or `other`. */
  readonly token: string;
  /** How requests are sent, where not as usual. */
  readonly fetch?: (url: string | URL, init?: RequestInit) => Promise<Response>;
  /** What the person says when asked; absent: the client cannot ask anybody. */
  readonly answer?: () => Promise<{ action: 'accept' | 'decline' | 'cancel'; content?: Record<string, boolean> }>;
};

export type Leg = {
  readonly name: string;
  readonly isHttp: boolean;
  readonly era: 'modern' | 'legacy';
  connect(options: LegOptions): Promise<LegClient>;
};

const capabilitiesOf = ({ answer }: LegOptions) => ({ capabilities: answer === undefined ? {} : { elicitation: {} } });
const headersOf = ({ token, fetch }: LegOptions) => ({
  requestInit: { headers: { authorization: `Bearer ${token}` } },
  ...(fetch === undefined ? {} : { fetch }),
});
const scopesOf = ({ token }: LegOptions): string[] => (token === 'reader' ? ['read'] : ['read', 'trade']);

async function connectOld(transport: Parameters<OldClient['connect']>[0], options: LegOptions): Promise<LegClient> {
  const client = new OldClient(INFO, capabilitiesOf(options));
  const { answer } = options;
  if (answer !== undefined) client.setRequestHandler(ElicitRequestSchema, async () => answer());
  await client.connect(transport);
  return {
    listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args = {}, { signal } = {}) =>
      (await client.callTool(
        { name, arguments: args },
        undefined,
        signal === undefined ? {} : { signal },
      )) as CallResult,
    instructions: client.getInstructions(),
    revision: undefined,
    close: () => client.close(),
  };
}

async function connectNew(
  transport: Parameters<Client['connect']>[0],
  options: LegOptions,
  mode: 'legacy' | 'auto' | { pin: string },
): Promise<LegClient> {
  const client = new Client(INFO, { ...capabilitiesOf(options), versionNegotiation: { mode } });
  const { answer } = options;
  if (answer !== undefined) client.setRequestHandler('elicitation/create', async () => answer());
  await client.connect(transport);
  return {
    listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args = {}, { signal } = {}) =>
      client.callTool({ name, arguments: args }, signal === undefined ? {} : { signal }),
    instructions: client.getInstructions(),
    revision: client.getNegotiatedProtocolVersion(),
    close: () => client.close(),
  };
}

const overNewHttp = (options: LegOptions) =>
  new StreamableHTTPClientTransport(new URL(`${options.url}/mcp`), headersOf(options));
const stdioOf = (options: LegOptions) => ({
  command: process.execPath,
  args: [STDIO_PROGRAM, ...scopesOf(options)],
  stderr: 'inherit' as const,
});

/** Real clients, over every transport and in either era. */
export const LEGS: readonly Leg[] = [
  {
    name: 'SDK v1 over streamable HTTP',
    isHttp: true,
    era: 'legacy',
    connect: (options) => connectOld(new OldHttp(new URL(`${options.url}/mcp`), headersOf(options)), options),
  },
  {
    name: 'SDK v1 over HTTP+SSE',
    isHttp: true,
    era: 'legacy',
    connect: (options) => connectOld(new OldSse(new URL(`${options.url}/sse`), headersOf(options)), options),
  },
  {
    name: 'SDK v2 over streamable HTTP, legacy',
    isHttp: true,
    era: 'legacy',
    connect: (options) => connectNew(overNewHttp(options), options, 'legacy'),
  },
  {
    name: 'SDK v2 over streamable HTTP, auto',
    isHttp: true,
    era: 'modern',
    connect: (options) => connectNew(overNewHttp(options), options, 'auto'),
  },
  {
    name: 'SDK v2 over streamable HTTP, pinned to 2026-07-28',
    isHttp: true,
    era: 'modern',
    connect: (options) => connectNew(overNewHttp(options), options, { pin: '2026-07-28' }),
  },
  {
    name: 'SDK v1 over stdio',
    isHttp: false,
    era: 'legacy',
    connect: (options) => connectOld(new OldStdio(stdioOf(options)), options),
  },
  {
    name: 'SDK v2 over stdio, legacy',
    isHttp: false,
    era: 'legacy',
    connect: (options) => connectNew(new StdioClientTransport(stdioOf(options)), options, 'legacy'),
  },
  {
    name: 'SDK v2 over stdio, auto',
    isHttp: false,
    era: 'modern',
    connect: (options) => connectNew(new StdioClientTransport(stdioOf(options)), options, 'auto'),
  },
];
