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

/** Hears of one resource for as long as it is watched. */
export type ResourceListener = {
  /** It is no longer what it was. Called as often as it changes: whoever tells a client spaces that out. */
  changed(): void;
  /** Nothing more will be heard: the source is gone. It may be there again when it is watched anew. */
  ended(): void;
};

/** Starts to listen; resolves to how to stop. Throws as reading would: `not_found` for what is not there, or not the caller's. */
type Watch = (context: TenantContext, listener: ResourceListener) => Promise<() => void>;

/** Something with an address that a client may read and watch. Without `watch` it never changes. */
export type Resource = ReadableThing & {
  readonly uri: string;
  read(context: TenantContext): Promise<ResourceBody>;
  readonly watch?: Watch;
};

export type Gaps = Readonly<Record<string, string>>;

/** Many of them under one address with gaps, as RFC 6570 writes it: `test://template/{id}/data`. Gaps come decoded. */
export type ResourceTemplate = ReadableThing & {
  readonly uriTemplate: string;
  read(uri: string, gaps: Gaps, context: TenantContext): Promise<ResourceBody>;
  /** Throws `not_found`, and whatever else reading would throw, without reading. Absent: whatever matches is there. */
  check?(gaps: Gaps, context: TenantContext): Promise<void>;
  watch?(gaps: Gaps, ...args: Parameters<Watch>): ReturnType<Watch>;
  /** Those that the caller is known to have, where that is cheap to say. */
  list?(context: TenantContext): Promise<readonly ResourceListing[]>;
};

/** One of the resources of a template, by its own address. */
export type ResourceListing = { readonly uri: string; readonly title: string };

/** A set of things to offer, registered together. */
export type Pack = {
  readonly tools?: readonly Tool[];
  readonly prompts?: readonly Prompt[];
  readonly resources?: readonly Resource[];
  readonly resourceTemplates?: readonly ResourceTemplate[];
};
