import type { Scope } from '../auth/scopes.ts';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import type { ClientChannel, InputNeeded } from './client-channel.ts';
import type { ContentPart, ResourceBody, Tool } from './define-tool.ts';

export type PromptArgument = {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  /** Values that begin with what was typed, best first; they are for convenience, never the only ones allowed. */
  complete?(typed: string, context: TenantContext): Promise<readonly string[]>;
};

export type PromptMessage = { readonly role: 'user' | 'assistant'; readonly content: ContentPart };

/** A conversation to start from, offered to the person rather than to the model. */
export type Prompt = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly scope: Scope;
  readonly arguments: readonly PromptArgument[];
  /** `args` holds only declared arguments, and every required one. */
  render(
    args: Readonly<Record<string, string>>,
    context: TenantContext,
    client: ClientChannel,
  ): Promise<readonly PromptMessage[] | InputNeeded>;
};

type ReadableThing = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
  readonly scope: Scope;
};

/** Something with an address that a client may read and watch. */
export type Resource = ReadableThing & { readonly uri: string; read(context: TenantContext): Promise<ResourceBody> };

/** Many of them under one address with gaps, as RFC 6570 writes it: `test://template/{id}/data`. */
export type ResourceTemplate = ReadableThing & {
  readonly uriTemplate: string;
  read(uri: string, gaps: Readonly<Record<string, string>>, context: TenantContext): Promise<ResourceBody>;
};

/** A set of things to offer, registered together. */
export type Pack = {
  readonly tools?: readonly Tool[];
  readonly prompts?: readonly Prompt[];
  readonly resources?: readonly Resource[];
  readonly resourceTemplates?: readonly ResourceTemplate[];
};
