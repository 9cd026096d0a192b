import { describe, expect, it } from 'vitest';
import { redisKey } from '../../../src/redis/keys.ts';
import { readRedisAddress } from '../../../src/redis/redis-address.ts';

describe('address of Redis', () => {
  it('is one server, sentinels with the name of their master, or nodes of a cluster', () => {
    expect(readRedisAddress('redis://127.0.0.1:6379/2')).toEqual({ kind: 'single', url: 'redis://127.0.0.1:6379/2' });
    expect(readRedisAddress('rediss+sentinel://ops:p%40ss@a.example:26380,[::1]/main')).toEqual({
      kind: 'sentinel',
      sentinels: [
        { host: 'a.example', port: 26_380 },
        { host: '::1', port: 26_379 },
      ],
      master: 'main',
      login: { isTls: true, username: 'ops', password: 'p@ss' },
    });
    expect(readRedisAddress('redis+cluster://:secret@a,b:7001')).toEqual({
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 6379 },
        { host: 'b', port: 7001 },
      ],
      login: { isTls: false, password: 'secret' },
    });
  });

  it.each(['', 'http://a', 'redis+sentinel://a:1', 'redis+sentinel:///main', 'redis+cluster://a:1,,b', 'redis://'])(
    'is refused with what to write instead, and without its words: %s',
    (url) => {
      expect(() => readRedisAddress(url)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
    },
  );

  it('never repeats a password', () => {
    try {
      readRedisAddress('redis+sentinel://:hidden@a:1');
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain('hidden');
    }
  });
});

describe('keys of Redis', () => {
  it('hold their owner as the one hash tag, whatever it is called', () => {
    expect(redisKey('lease', 'tenant-1', 'feed')).toBe('tg:lease:{tenant-1}:feed');
    expect(redisKey('lease', 'a}:b{c', 'd:e')).toBe('tg:lease:{a%7D%3Ab%7Bc}:d%3Ae');
  });
});
