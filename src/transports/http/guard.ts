import type { FastifyInstance } from 'fastify';
import { GatewayError } from '../../core/errors.ts';
import { pathOf } from './errors.ts';

export type GuardOptions = {
  /** Names under which the gateway is reached: `gateway.example`, or with a port, `127.0.0.1:8000`. */
  readonly allowedHosts: readonly string[];
  /** Web pages that may call: `https://app.example`. */
  readonly allowedOrigins: readonly string[];
};

/** Probes come by address, and nothing behind these paths is anybody's. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);

/** Refuses requests that a foreign page made a browser send: DNS rebinding (Host) and cross-site calls (Origin). */
export function registerGuard(app: FastifyInstance, { allowedHosts, allowedOrigins }: GuardOptions): void {
  const hosts = new Set(allowedHosts.map((host) => host.toLowerCase()));
  const origins = new Set(allowedOrigins.map((origin) => origin.toLowerCase()));
  app.addHook('onRequest', (request, _, done) => {
    const { origin, host } = request.headers;
    if (origin !== undefined && !origins.has(origin.toLowerCase())) done(foreignOrigin());
    else if (OPEN_PATHS.has(pathOf(request)) || isAllowedHost(hosts, host)) done();
    else done(foreignHost());
  });
}

const foreignOrigin = (): GatewayError =>
  new GatewayError('forbidden', 'Pages of this origin may not call the gateway.', {
    advice: 'The operator can allow the origin with ALLOWED_ORIGINS.',
  });
const foreignHost = (): GatewayError =>
  new GatewayError('forbidden', 'The gateway is not known under this host name.', {
    advice: 'The operator can allow the name with ALLOWED_HOSTS.',
  });

function isAllowedHost(hosts: ReadonlySet<string>, header: string | undefined): boolean {
  if (header === undefined) return false;
  const host = header.toLowerCase();
  return hosts.has(host) || hosts.has(host.replace(/:\d+$/u, ''));
}
