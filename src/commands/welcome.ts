import { MODERN } from '../transports/mcp/revisions.ts';

/** A demo login as it is told to the person who started the gateway. */
export type DemoLogin = {
  readonly name: string;
  readonly about: string;
  readonly scope: string;
  readonly token: string;
};

export type WelcomeFacts = {
  /** The address of the gateway without a path. */
  readonly url: string;
  /** Demo tenants, when there are any. */
  readonly logins: readonly DemoLogin[];
  readonly simulatorUrl?: string;
  readonly dataDir: string;
};

const META = {
  'io.modelcontextprotocol/protocolVersion': MODERN,
  'io.modelcontextprotocol/clientInfo': { name: 'curl', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

function curlLine(mcpUrl: string, token: string): string {
  const params = { name: 'get_balances', arguments: {}, _meta: META };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
  const headers = [
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    `MCP-Protocol-Version: ${MODERN}`,
    'Mcp-Method: tools/call',
    'Mcp-Name: get_balances',
  ];
  return `curl -sS ${mcpUrl} ${headers.map((header) => `-H '${header}'`).join(' ')} -d '${body}'`;
}

function inspectorLine(mcpUrl: string, token: string): string {
  return `npx @modelcontextprotocol/inspector --cli ${mcpUrl} --transport http --header "Authorization: Bearer ${token}" --method tools/list`;
}

function claudeCodeLine(mcpUrl: string, token: string): string {
  return `claude mcp add --transport http tastytrade ${mcpUrl} --header "Authorization: Bearer ${token}"`;
}

function json(root: string, entry: Record<string, unknown>): string {
  return JSON.stringify({ [root]: { tastytrade: entry } });
}

function brokerLine({ simulatorUrl }: WelcomeFacts): string {
  return simulatorUrl === undefined
    ? 'Paper tenants trade at TASTYTRADE_PAPER_URL.'
    : `The broker is SIMULATED (${simulatorUrl}): no real market, no real money, nothing leaves this machine.`;
}

function pasteLines(mcpUrl: string, { name, token }: DemoLogin): string[] {
  const headers = { Authorization: `Bearer ${token}` };
  return [
    `Ready to paste, as ${name}:`,
    '',
    'Claude Code',
    `  ${claudeCodeLine(mcpUrl, token)}`,
    '',
    'Cursor (.cursor/mcp.json)',
    `  ${json('mcpServers', { url: mcpUrl, headers })}`,
    '',
    'VS Code (.vscode/mcp.json)',
    `  ${json('servers', { type: 'http', url: mcpUrl, headers })}`,
    '',
    'MCP Inspector',
    `  ${inspectorLine(mcpUrl, token)}`,
    '',
    'curl',
    `  ${curlLine(mcpUrl, token)}`,
  ];
}

const NO_LOGINS = 'No demo tenants. Add one: npm run -s gateway -- tenant add NAME --environment paper';

/** What `npm start` prints: where to point a client, with what, line by line ready to paste. */
export function welcome(facts: WelcomeFacts): string {
  const mcpUrl = `${facts.url}/mcp`;
  const [first] = facts.logins;
  const tokens = facts.logins.flatMap(({ name, about, scope, token }) => [
    `  ${name}: ${about} (${scope})`,
    `    ${token}`,
    '',
  ]);
  return [
    '',
    `tasty-gateway is ready:  ${mcpUrl}`,
    brokerLine(facts),
    `Data is kept in ${facts.dataDir}. Stop with Ctrl-C.`,
    '',
    ...(first === undefined
      ? [NO_LOGINS]
      : ['Bearer tokens of the demo tenants (development issuer, loopback only):', '']),
    ...tokens,
    ...(first === undefined ? [] : pasteLines(mcpUrl, first)),
    '',
    '',
  ].join('\n');
}
