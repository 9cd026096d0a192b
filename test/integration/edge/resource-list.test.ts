import { afterEach, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import type { ResourceTemplate } from '../../../src/tools/pack.ts';
import { inject, legacyRequest, modernRequest } from '../../support/edge/raw.ts';
import { buildTestApp } from '../../support/edge/test-gateway.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const things = (list: NonNullable<ResourceTemplate['list']>): ResourceTemplate => ({
  uriTemplate: 'thing://{id}',
  name: 'thing',
  title: 'Thing',
  description: 'A thing of the caller’s.',
  mimeType: 'text/plain',
  scope: 'read',
  read: async (uri) => ({ uri, mimeType: 'text/plain', text: '' }),
  list,
});
const still = { uri: 'fixed://1', name: 'fixed', title: 'Fixed', description: 'Always there.', scope: 'read' } as const;
const fixed = {
  ...still,
  mimeType: 'text/plain',
  read: async () => ({ uri: still.uri, mimeType: 'text/plain', text: '' }),
};

let app: FastifyInstance;
afterEach(async () => app.close());

async function listedOver(list: NonNullable<ResourceTemplate['list']>, advanceMs: number) {
  const clock = createManualClock(Date.now());
  app = await buildTestApp({ packs: [{ resources: [fixed], resourceTemplates: [things(list)] }], clock });
  const asking = Promise.all([
    inject(app, modernRequest('resources/list')),
    inject(app, legacyRequest('resources/list')),
  ]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await clock.advance(advanceMs);
  const [modern, legacy] = await asking;
  const urisOf = (reply: typeof modern) => reply.json().result.resources.map(({ uri }: { uri: string }) => uri);
  return { modern: urisOf(modern), legacy: urisOf(legacy), ttlMs: modern.json().result.ttlMs };
}

it('lists what the caller has by its address, to be kept for a while', async () => {
  const listed = await listedOver(async () => [{ uri: 'thing://1', title: 'One' }], 0);
  expect(listed).toEqual({ modern: ['fixed://1', 'thing://1'], legacy: ['fixed://1', 'thing://1'], ttlMs: 300_000 });
});

it('lists the rest, not to be kept, when the broker fails or lets it wait', async () => {
  const failed = await listedOver(async () => Promise.reject(new Error('The broker is away')), 0);
  expect(failed).toEqual({ modern: ['fixed://1'], legacy: ['fixed://1'], ttlMs: 0 });
  await app.close();
  const late = await listedOver(() => new Promise(() => {}), 4000);
  expect(late).toEqual(failed);
});
