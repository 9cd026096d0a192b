import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineTool } from '../../../src/tools/define-tool.ts';
import { createRegistry } from '../../../src/tools/registry.ts';
import { CONFORMANCE_PACK } from '../../support/conformance-pack/pack.ts';
import { testTools } from '../../support/edge/test-tools.ts';

const { pack } = testTools();

describe('the registry', () => {
  it('shows a caller what is in scope, in the order of the packs', () => {
    const registry = createRegistry([pack]);
    const names = (...scopes: ('read' | 'trade' | 'admin')[]) =>
      registry.catalogueFor(new Set(scopes)).tools.map(({ name }) => name);
    expect(names('read')).toEqual(['whoami', 'wait', 'refuse']);
    expect(names('trade')).toEqual(['sell', 'send']);
    expect(names('trade', 'read')).toEqual(['whoami', 'wait', 'refuse', 'sell', 'send']);
    expect(names('admin')).toEqual([]);
    expect(names()).toEqual([]);
  });

  it('computes a catalogue once for a set of scopes, however it is ordered', () => {
    const registry = createRegistry([pack]);
    expect(registry.catalogueFor(new Set(['read', 'trade']))).toBe(registry.catalogueFor(new Set(['trade', 'read'])));
    expect(registry.catalogueFor(new Set(['read']))).not.toBe(registry.catalogueFor(new Set(['trade'])));
  });

  it('tells schemas as JSON Schema: what goes in by its input side, strict', () => {
    const whoami = createRegistry([pack]).catalogueFor(new Set(['read'])).tools[0];
    expect(whoami?.inputSchema).toEqual({
      type: 'object',
      properties: { word: { type: 'string', default: 'nothing' } },
      additionalProperties: false,
    });
    expect(whoami?.outputSchema['required']).toEqual(['tenant', 'word']);
  });

  it('is frozen', () => {
    const registry = createRegistry([pack]);
    const catalogue = registry.catalogueFor(new Set(['read']));
    expect([registry, registry.tools, catalogue, catalogue.tools, catalogue.tools[0]].every(Object.isFrozen)).toBe(
      true,
    );
  });

  it('refuses two things of one name, and a schema that cannot be told', () => {
    expect(() => createRegistry([pack, pack])).toThrow('Registered twice: whoami');
    expect(() => createRegistry([CONFORMANCE_PACK, CONFORMANCE_PACK])).toThrow(RangeError);
    const odd = defineTool({
      name: 'odd',
      title: 'Odd',
      description: 'Has a date in its answer.',
      scope: 'read',
      annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
      input: z.strictObject({}),
      output: z.strictObject({ at: z.date() }),
      handle: async () => ({ data: { at: new Date(0) }, text: '' }),
    });
    expect(() => createRegistry([{ tools: [odd] }])).toThrow(/[Dd]ate/u);
  });

  it('finds a tool whether or not it is in scope, and says what there is at all', () => {
    expect(createRegistry([pack]).findTool('sell')?.name).toBe('sell');
    expect(createRegistry([pack]).findTool('toString')).toBeUndefined();
    expect(createRegistry([pack]).offers).toEqual({ prompts: false, resources: false, completions: false });
    expect(createRegistry([CONFORMANCE_PACK]).offers).toEqual({ prompts: true, resources: true, completions: true });
  });
});
