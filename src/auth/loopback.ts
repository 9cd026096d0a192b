import { isIPv4 } from 'node:net';
import { GatewayError } from '../core/errors.ts';

/** Whether a host to listen on can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** For the development issuer, whose key lies in the data folder. Throws `config_invalid` for any other host. */
export function assertLoopback(host: string): void {
  if (isLoopback(host)) return;
  throw new GatewayError(
    'config_invalid',
    'The built-in development issuer serves this machine only, but HOST is reachable from outside.',
    {
      advice: 'Set JWT_ISSUER, JWT_AUDIENCE and PUBLIC_URL for your identity provider, or HOST=127.0.0.1.',
    },
  );
}
