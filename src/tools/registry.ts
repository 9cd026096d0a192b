import { z } from 'zod';
import { SCOPES } from '../auth/scopes.ts';
import type { Scope } from '../auth/scopes.ts';
import type { Tool, ToolAnnotations } from './define-tool.ts';
import type { Pack, Prompt, Resource, ResourceTemplate } from './pack.ts';

/** A schema of an object, in JSON Schema 2020-12. */
export type ObjectSchema = { readonly type: 'object'; readonly [keyword: string]: unknown };

/** A tool as `tools/list` tells it. */
export type ToolListing = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: ObjectSchema;
  readonly outputSchema: ObjectSchema;
  readonly annotations: ToolAnnotations;
};

/** What callers with one set of scopes see. Everything in it is frozen and in the order of the packs. */
export type Catalogue = {
  readonly tools: readonly ToolListing[];
  readonly prompts: readonly Prompt[];
  readonly resources: readonly Resource[];
  readonly resourceTemplates: readonly ResourceTemplate[];
};

export type Registry = {
  /** Every tool there is, whoever may call it. */
  readonly tools: readonly Tool[];
  /** Which kinds of thing exist at all, for any caller. */
  readonly offers: { readonly prompts: boolean; readonly resources: boolean; readonly completions: boolean };
  /** The tool of this name, in scope or not. */
  findTool(name: string): Tool | undefined;
  /** Computed once per set of scopes. */
  catalogueFor(scopes: ReadonlySet<Scope>): Catalogue;
};

/** Throws a RangeError when two things share a name, and zod's error when a schema cannot be told as JSON Schema. */
export function createRegistry(packs: readonly Pack[]): Registry {
  const all = {
    tools: unique(
      packs.flatMap((pack) => pack.tools ?? []),
      (tool) => tool.name,
    ),
    prompts: unique(
      packs.flatMap((pack) => pack.prompts ?? []),
      (prompt) => prompt.name,
    ),
    resources: unique(
      packs.flatMap((pack) => pack.resources ?? []),
      (resource) => resource.uri,
    ),
    resourceTemplates: unique(
      packs.flatMap((pack) => pack.resourceTemplates ?? []),
      (template) => template.uriTemplate,
    ),
  };
  const listings = new Map([...all.tools].map(([name, tool]) => [name, toListing(tool)]));
  const catalogues = new Map<string, Catalogue>();

  const buildCatalogue = (scopes: ReadonlySet<Scope>): Catalogue => {
    const inScope = <Thing extends { scope: Scope }>(things: ReadonlyMap<string, Thing>): readonly Thing[] =>
      Object.freeze([...things.values()].filter((thing) => scopes.has(thing.scope)));
    return Object.freeze({
      tools: Object.freeze(inScope(all.tools).flatMap((tool) => listings.get(tool.name) ?? [])),
      prompts: inScope(all.prompts),
      resources: inScope(all.resources),
      resourceTemplates: inScope(all.resourceTemplates),
    });
  };

  return Object.freeze({
    tools: Object.freeze([...all.tools.values()]),
    offers: Object.freeze({
      prompts: all.prompts.size > 0,
      resources: all.resources.size + all.resourceTemplates.size > 0,
      completions: [...all.prompts.values()].some((prompt) => prompt.arguments.some((argument) => argument.complete)),
    }),
    findTool: (name) => all.tools.get(name),
    catalogueFor(scopes) {
      const key = SCOPES.filter((scope) => scopes.has(scope)).join(' ');
      const known = catalogues.get(key);
      if (known !== undefined) return known;
      const built = buildCatalogue(scopes);
      catalogues.set(key, built);
      return built;
    },
  });
}

function unique<Thing>(things: readonly Thing[], nameOf: (thing: Thing) => string): ReadonlyMap<string, Thing> {
  const byName = new Map<string, Thing>();
  for (const thing of things) {
    const name = nameOf(thing);
    if (byName.has(name)) throw new RangeError(`Registered twice: ${name}`);
    byName.set(name, thing);
  }
  return byName;
}

function toListing(tool: Tool): ToolListing {
  return Object.freeze({
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: objectSchema(z.toJSONSchema(tool.input, { io: 'input' })),
    outputSchema: objectSchema(z.toJSONSchema(tool.output, { io: 'output', override: openToMore })),
    annotations: tool.annotations,
  });
}

type Told = { readonly jsonSchema: Record<string, unknown>; readonly path: readonly unknown[] };

/**
 * An answer may come to hold more than today, and its rows less: no client should refuse a field that it does not know. What is
 * always there is said of the whole answer only, to keep the list short.
 */
function openToMore({ jsonSchema, path }: Told): void {
  if (path.length > 0) delete jsonSchema['required'];
  if (JSON.stringify(jsonSchema['additionalProperties']) === '{}' || jsonSchema['additionalProperties'] === false) {
    delete jsonSchema['additionalProperties'];
  }
  delete jsonSchema['propertyNames'];
}

/** Without its dialect: it is the one that MCP takes for granted, and the list is read by models. */
function objectSchema({ $schema: _dialect, ...schema }: Readonly<Record<string, unknown>>): ObjectSchema {
  return { ...schema, type: 'object' };
}
