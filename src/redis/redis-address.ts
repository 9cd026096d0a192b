import { GatewayError } from '../core/errors.ts';

/** Where Redis is, in one of its three ways of being run. */
export type RedisAddress =
  | { readonly kind: 'single'; readonly url: string }
  | {
      readonly kind: 'sentinel';
      readonly sentinels: readonly Node[];
      readonly master: string;
      readonly login: RedisLogin;
    }
  | { readonly kind: 'cluster'; readonly nodes: readonly Node[]; readonly login: RedisLogin };

export type RedisLogin = { readonly username?: string; readonly password?: string; readonly isTls: boolean };
type Node = { readonly host: string; readonly port: number };

const KINDS = { redis: 'single', 'redis+sentinel': 'sentinel', 'redis+cluster': 'cluster' } as const;
const SHAPE =
  /^(?<scheme>redis|rediss|rediss?\+sentinel|rediss?\+cluster):\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^/?#@]+)(?:\/(?<path>[^?#]*))?$/u;
const HOST = /^(?<host>[\w.-]+|\[[\da-fA-F:]+\])(?::(?<port>\d{1,5}))?$/u;
const USUAL_PORT = { single: 6379, sentinel: 26_379, cluster: 6379 } as const;

/**
 * Reads `redis://host:port`, `redis+sentinel://host:port,host:port/master-name` or `redis+cluster://host:port,host:port`; with
 * `rediss` for TLS, and `user:password@` before the hosts. Throws `config_invalid`, never repeating the address.
 */
export function readRedisAddress(url: string): RedisAddress {
  const parts = SHAPE.exec(url)?.groups;
  if (parts === undefined) throw notAnAddress();
  const scheme = (parts['scheme'] ?? '').replace(/^rediss/u, 'redis');
  const kind = KINDS[scheme as keyof typeof KINDS];
  if (kind === 'single') return { kind, url };
  const nodes = (parts['hosts'] ?? '').split(',').map((text) => readNode(text, USUAL_PORT[kind]));
  const login = readLogin(parts);
  if (kind === 'cluster') return { kind, nodes, login };
  const master = parts['path'] ?? '';
  if (master === '') throw notAnAddress('it must end with the name of the master, as in /mymaster');
  return { kind, sentinels: nodes, master, login };
}

function readLogin({ scheme, user, password }: Readonly<Record<string, string | undefined>>): RedisLogin {
  return {
    isTls: (scheme ?? '').startsWith('rediss'),
    ...(user === undefined || user === '' ? {} : { username: decodeURIComponent(user) }),
    ...(password === undefined || password === '' ? {} : { password: decodeURIComponent(password) }),
  };
}

function readNode(text: string, usualPort: number): Node {
  const found = HOST.exec(text)?.groups;
  if (found === undefined) throw notAnAddress();
  const host = (found['host'] ?? '').replace(/^\[|\]$/gu, '');
  return { host, port: found['port'] === undefined ? usualPort : Number(found['port']) };
}

function notAnAddress(why = 'it is not an address of Redis'): GatewayError {
  return new GatewayError('config_invalid', `REDIS_URL: ${why}.`, {
    advice: 'Use redis://host:6379, redis+sentinel://host:26379,host:26379/master-name or redis+cluster://host:6379.',
  });
}
