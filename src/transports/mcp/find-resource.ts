import { UriTemplate } from '@modelcontextprotocol/server';
import type { Gaps, ResourceTemplate } from '../../tools/pack.ts';
import type { Catalogue } from '../../tools/registry.ts';
import type { FoundResource } from '../../tools/resource-as-tool.ts';

const MAX_URI = 500;

/** The resource at this address, among those that the catalogue has. Whether it exists only its `check` can say. */
export function findResource(catalogue: Catalogue, uri: string): FoundResource | undefined {
  const resource = catalogue.resources.find((candidate) => candidate.uri === uri);
  if (resource !== undefined) return { ...resource, check: async () => {} };
  if (uri.length > MAX_URI) return undefined;
  for (const template of catalogue.resourceTemplates) {
    const gaps = gapsIn(template, uri);
    if (gaps !== undefined) return fill(template, uri, gaps);
  }
  return undefined;
}

const templates = new WeakMap<ResourceTemplate, UriTemplate>();

function gapsIn(template: ResourceTemplate, uri: string): Gaps | undefined {
  const known = templates.get(template) ?? new UriTemplate(template.uriTemplate);
  templates.set(template, known);
  const found = known.match(uri);
  return found === null ? undefined : decoded(found);
}

/** `undefined` when a gap is not well encoded: then nothing is at that address. */
function decoded(gaps: Readonly<Record<string, string | string[]>>): Gaps | undefined {
  try {
    return Object.fromEntries(
      Object.entries(gaps).map(([name, value]) => [name, decodeURIComponent([value].flat().join(','))]),
    );
  } catch {
    return undefined;
  }
}

function fill(template: ResourceTemplate, uri: string, gaps: Gaps): FoundResource {
  const { name, title, description, mimeType, scope } = template;
  return {
    uri,
    name,
    title,
    description,
    mimeType,
    scope,
    read: (context) => template.read(uri, gaps, context),
    check: async (context) => template.check?.(gaps, context),
    ...(template.watch === undefined
      ? {}
      : { watch: async (context, listener) => template.watch?.(gaps, context, listener) ?? (() => {}) }),
  };
}
