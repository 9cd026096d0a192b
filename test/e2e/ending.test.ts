import { afterEach, describe, expect, it } from 'vitest';
import { type Program, startProgram } from '../support/processes/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PATIENCE = { timeout: 30_000, interval: 20 };

const programs: Program[] = [];
afterEach(async () => {
  for (const program of programs.splice(0)) await program.stop();
});

async function serve(env: Readonly<Record<string, string>>): Promise<Program> {
  const program = await startProgram({
    args: ['serve'],
    env: { PORT: '0', DATA_DIR: await temporaryFolder(), LOG_LEVEL: 'error', ...env },
    ready: /is ready: +(http:\S+?)\/mcp/u,
  });
  programs.push(program);
  return program;
}

const statusOf = async ({ captured }: Program, path: string): Promise<number | 'gone'> =>
  fetch(`${captured}${path}`).then(
    ({ status }) => status,
    () => 'gone' as const,
  );

describe('the gateway’s process', () => {
  it('is unready after SIGTERM, serves for a while, and ends well', async () => {
    const program = await serve({ SHUTDOWN_DRAIN_MS: '2500', SHUTDOWN_GRACE_MS: '20000' });
    expect(await statusOf(program, '/readyz')).toBe(200);
    const toldMs = performance.now();
    program.signal('SIGTERM');
    await expect.poll(() => statusOf(program, '/readyz'), PATIENCE).toBe(503);
    expect(await statusOf(program, '/livez')).toBe(200);
    await program.ended;
    expect(performance.now() - toldMs).toBeGreaterThan(2400);
    expect(program.exitCode()).toBe(0);
    expect(await statusOf(program, '/livez')).toBe('gone');
  });

  it('ends at once on a second signal', async () => {
    const program = await serve({ SHUTDOWN_DRAIN_MS: '60000', SHUTDOWN_GRACE_MS: '90000' });
    program.signal('SIGTERM');
    await expect.poll(() => statusOf(program, '/readyz'), PATIENCE).toBe(503);
    program.signal('SIGTERM');
    await program.ended;
    expect(program.exitCode()).toBe(1);
  });

  it('ends at once on Ctrl-C where it serves its own demo', async () => {
    const program = await serve({});
    const toldMs = performance.now();
    program.signal('SIGINT');
    await program.ended;
    expect(program.exitCode()).toBe(0);
    // It waits for nobody; what is left is closing, on a machine that may be busy.
    expect(performance.now() - toldMs).toBeLessThan(5000);
  });
});
