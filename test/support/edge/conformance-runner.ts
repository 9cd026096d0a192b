import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pack } from '../../../src/tools/pack.ts';
import type { AppConfig } from '../../../src/transports/http/app.ts';
import { startEdgeReplicas } from './edge-replicas.ts';
import { startTestGateway } from './test-gateway.ts';
import { startTokenProxy } from './token-proxy.ts';

const RUNNER = new URL('../../../node_modules/@modelcontextprotocol/conformance/', import.meta.url);

type Check = { readonly id: string; readonly status: string; readonly errorMessage?: string };
export type Scenario = { readonly name: string; readonly checks: readonly Check[] };
export type Requirements = '2025-11-25' | '2026-07-28';

/** The scenarios that the suite scores for a server of this revision, as its own frozen list has them. */
export async function scoredScenarios(requirements: Requirements): Promise<string[]> {
  const text = await readFile(new URL(`requirements/${requirements}.yaml`, RUNNER), 'utf8');
  const section = /^server:\n((?: {2}- .+\n)+)/mu.exec(text)?.[1] ?? '';
  return section
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^ {2}- /u, ''));
}

/** Runs the MCP conformance suite against the real app with these packs, behind a proxy that brings the token. */
export function runConformance(requirements: Requirements, packs: readonly Pack[]): Promise<Scenario[]> {
  return runAgainst(requirements, async (config) => {
    const gateway = await startTestGateway({ packs, config });
    return { urls: [gateway.url], close: () => gateway.close() };
  });
}

/** The same against three replicas over one Redis: each request goes to the next. */
export const runConformanceOverReplicas = (requirements: Requirements, packs: readonly Pack[]): Promise<Scenario[]> =>
  runAgainst(requirements, (config) => startEdgeReplicas(3, () => packs, config));

type Target = { readonly urls: readonly string[]; close(): Promise<void> };

async function runAgainst(
  requirements: Requirements,
  start: (config: Partial<AppConfig>) => Promise<Target>,
): Promise<Scenario[]> {
  let urls: readonly string[] = [];
  let turn = 0;
  const proxy = await startTokenProxy({ token: 'reader', targetUrl: () => urls[(turn += 1) % urls.length] ?? '' });
  const target = await start({ allowedOrigins: [proxy.url] });
  urls = target.urls;
  const folder = await mkdtemp(join(tmpdir(), 'mcp-conformance-'));
  try {
    const program = new URL('dist/index.js', RUNNER).pathname;
    const args = [program, 'server', '--url', `${proxy.url}/mcp`, '--requirements', requirements, '-o', folder];
    await once(spawn(process.execPath, args, { stdio: 'ignore' }), 'exit');
    return await readScenarios(folder);
  } finally {
    await proxy.close();
    await target.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The suite leaves a folder for every scenario: `server-<name>-<time>`. */
async function readScenarios(folder: string): Promise<Scenario[]> {
  const names = await readdir(folder);
  return Promise.all(
    names.map(async (name) => ({
      name: name.replace(/^server-/u, '').replace(/-\d{4}-\d{2}-\d{2}T[\d-]+Z$/u, ''),
      checks: JSON.parse(await readFile(join(folder, name, 'checks.json'), 'utf8')) as Check[],
    })),
  );
}

/** A scenario holds if something succeeded in it and nothing did less: silence is no success. */
export function holds({ checks }: Scenario): boolean {
  const statuses = new Set(checks.map(({ status }) => status));
  return statuses.has('SUCCESS') && !statuses.has('FAILURE') && !statuses.has('WARNING');
}
