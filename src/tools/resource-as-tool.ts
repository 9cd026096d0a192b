import { z } from 'zod';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import type { ResourceBody, Tool } from './define-tool.ts';
import type { Resource } from './pack.ts';

/** A resource, or one of a template's, at the address that was asked for. */
export type FoundResource = Omit<Resource, 'read'> & {
  read(context: TenantContext): Promise<ResourceBody>;
  /** Throws as `read` would, without reading. */
  check(context: TenantContext): Promise<void>;
};

const input = z.strictObject({ uri: z.string() });
const output = z.object({ uri: z.string() });
const annotations = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true } as const;

const nameOf = ({ name }: FoundResource): string => `resource:${name}`;

/** Reading a resource is a call like any other: as a tool it goes the one way of all calls. The answer's only content is its body. */
export function readAsTool(resource: FoundResource): Tool {
  const { title, description, scope } = resource;
  return {
    name: nameOf(resource),
    method: 'resources/read',
    title,
    description,
    scope,
    annotations,
    input,
    output,
    async handle(_, context) {
      const body = await resource.read(context);
      return { data: { uri: body.uri }, text: '', content: [{ type: 'resource', resource: body }] };
    },
  };
}

/** So is asking to be told of its changes. */
export function checkAsTool(resource: FoundResource): Tool {
  return {
    ...readAsTool(resource),
    method: 'resources/subscribe',
    async handle(_, context) {
      await resource.check(context);
      return { data: { uri: resource.uri }, text: '' };
    },
  };
}
