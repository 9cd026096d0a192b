import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url).pathname;
/** The reaper is an image of its own, which may not be here; this test stops what it starts. */
process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true';
const BASE = 'node:24-bookworm-slim';

/** The image can be built where an engine answers and has, or can get, the base image. */
function whyNot(): string | undefined {
  if (spawnSync('docker', ['info'], { stdio: 'ignore', timeout: 20_000 }).status !== 0)
    return 'no Docker engine answers';
  const has = spawnSync('docker', ['image', 'inspect', BASE], { stdio: 'ignore', timeout: 20_000 }).status === 0;
  return has || process.env['CI_PULL_IMAGES'] === 'true' ? undefined : `the base image ${BASE} is not here`;
}

describe('the container image', () => {
  it('builds, serves as an ordinary user, and is healthy', { timeout: 600_000 }, async (context) => {
    const reason = whyNot();
    if (reason !== undefined) {
      process.stdout.write(`The image was not built and not tried: ${reason}.\n`);
      context.skip(reason);
      return;
    }
    execFileSync('docker', ['build', '--network', 'host', '-q', '-t', 'tasty-gateway:test', root], { stdio: 'pipe' });
    const { GenericContainer, Wait } = await import('testcontainers');
    const container = await new GenericContainer('tasty-gateway:test')
      .withEnvironment({
        JWT_ISSUER: 'https://id.example',
        JWT_JWKS_URL: 'http://127.0.0.1:9/jwks',
        PUBLIC_URL: 'https://gateway.example',
      })
      .withExposedPorts(8000)
      .withWaitStrategy(Wait.forHttp('/readyz', 8000))
      .withStartupTimeout(60_000)
      .start();
    try {
      const url = `http://${container.getHost()}:${container.getMappedPort(8000)}`;
      expect((await fetch(`${url}/livez`)).status).toBe(200);
      const refused = await fetch(`${url}/mcp`, { method: 'POST', headers: { host: 'gateway.example' } });
      expect([401, 403]).toContain(refused.status);
      expect((await container.exec(['id', '-u'])).output.trim()).not.toBe('0');
      const files = await container.exec(['ls', '/app']);
      expect(files.output.split(/\s+/u).filter(Boolean).toSorted()).toEqual(['dist', 'node_modules', 'package.json']);
    } finally {
      await container.stop();
    }
  });
});
