import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export type TokenProxy = { readonly url: string; close(): Promise<void> };

export type TokenProxyOptions = {
  readonly token: string;
  /** Asked with every request: whoever is behind the proxy may have to know its address first. */
  readonly targetUrl: () => string;
};

/** Adds a bearer token to whatever passes, and changes nothing else: Host and Origin stay as the client sent them. */
export async function startTokenProxy({ token, targetUrl }: TokenProxyOptions): Promise<TokenProxy> {
  const server = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, authorization: `Bearer ${token}` };
    const { hostname, port } = new URL(targetUrl());
    const onward = request({ hostname, port, method: incoming.method, path: incoming.url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
