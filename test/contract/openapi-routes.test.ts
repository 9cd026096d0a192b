import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { createAdminDesk } from '../../src/compose/admin-desk.ts';
import { systemClock } from '../../src/core/clock.ts';
import { systemIds } from '../../src/core/ids.ts';
import { silentLog } from '../../src/core/log.ts';
import { buildTestApp } from '../support/edge/test-gateway.ts';
import { testTools } from '../support/edge/test-tools.ts';
import { openTestTenants } from '../support/tenants.ts';

const BRANCH = /^(.*)[├└]── (\S+)(?: \(([A-Z, ]+)\))?$/u;
const INDENT = 4;

/** The full path of every line of Fastify's tree that answers to some method other than OPTIONS. */
function pathsOf(tree: string): string[] {
  const above: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', segment = '', methods = ''] = BRANCH.exec(line) ?? [];
    const depth = indent.length / INDENT;
    above.splice(depth, above.length, segment);
    return methods === '' || methods === 'OPTIONS' ? [] : [above.join('')];
  });
}

const asTemplate = (path: string): string => path.replaceAll(/:(\w+)/gu, '{$1}');

it('every route of the app is described in openapi.yaml', async () => {
  const chains = { drop: async () => {} };
  const tenants = await openTestTenants();
  const admin = createAdminDesk({ ...tenants, chains, clock: systemClock, ids: systemIds, log: silentLog });
  const app = await buildTestApp({ packs: [testTools().pack], admin });
  await app.ready();
  const served = pathsOf(app.printRoutes({ commonPrefix: false })).map(asTemplate);
  await app.close();

  const text = await readFile(new URL('../../openapi.yaml', import.meta.url), 'utf8');
  const described = [...text.slice(text.indexOf('\npaths:')).matchAll(/^ {2}(\/[^:]*):$/gmu)].map(([, path]) => path);
  expect(served).toContain('/mcp');
  expect(served).toContain('/admin/tenants/{name}/plan');
  expect(served.toSorted()).toEqual(described.toSorted());
});
