import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { buildTestApp } from '../support/edge/test-gateway.ts';
import { testTools } from '../support/edge/test-tools.ts';

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

it('every route of the app is described in openapi.yaml', async () => {
  const app = await buildTestApp({ packs: [testTools().pack] });
  await app.ready();
  const served = pathsOf(app.printRoutes({ commonPrefix: false }));
  await app.close();

  const text = await readFile(new URL('../../openapi.yaml', import.meta.url), 'utf8');
  const described = [...text.slice(text.indexOf('\npaths:')).matchAll(/^ {2}(\/[^:]*):$/gmu)].map(([, path]) => path);
  expect(served).toContain('/mcp');
  expect(served.toSorted()).toEqual(described.toSorted());
});
