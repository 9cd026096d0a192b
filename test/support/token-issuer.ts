import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { JWK } from 'jose';

export type TokenIssuer = {
  /** Its `iss`, and where it is. */
  readonly url: string;
  readonly jwksUrl: string;
  /** What it publishes. */
  keys: readonly JWK[];
  /** What it answers the question for its keys with, instead of its keys. */
  answer: ((response: ServerResponse) => void) | undefined;
  /** What it says of itself, besides `issuer` and `jwks_uri`. */
  metadata: Record<string, unknown>;
  /** The one path where it says so. */
  metadataPath: string;
  readonly jwksFetches: () => number;
  readonly metadataFetches: () => number;
};

/** An identity provider on a free port: it publishes keys and counts who asks. It goes with the running test. */
export async function startTokenIssuer(): Promise<TokenIssuer> {
  let jwksFetches = 0;
  let metadataFetches = 0;
  const server = createServer((request, response) => {
    if (request.url === '/keys') {
      jwksFetches += 1;
      if (issuer.answer !== undefined) issuer.answer(response);
      else sendJson(response, { keys: issuer.keys });
      return;
    }
    metadataFetches += 1;
    if (request.url === issuer.metadataPath)
      sendJson(response, { issuer: url, jwks_uri: `${url}/keys`, ...issuer.metadata });
    else response.writeHead(404).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer: TokenIssuer = {
    url,
    jwksUrl: `${url}/keys`,
    keys: [],
    answer: undefined,
    metadata: {},
    metadataPath: '/.well-known/openid-configuration',
    jwksFetches: () => jwksFetches,
    metadataFetches: () => metadataFetches,
  };
  return issuer;
}

function sendJson(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
