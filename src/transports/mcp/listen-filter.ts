import type { JSONRPCRequest } from '@modelcontextprotocol/server';

/** The resources that a `subscriptions/listen` names, each once. What is not as the protocol has it is the SDK's to refuse. */
export function resourcesNamedIn({ params }: JSONRPCRequest): readonly string[] {
  const uris = listIn(params?.['notifications']);
  return [...new Set(uris?.filter((uri) => typeof uri === 'string'))];
}

/** The same request for these resources only: what is acknowledged is what will be told. */
export function namingOnly(message: JSONRPCRequest, uris: readonly string[]): JSONRPCRequest {
  const filter: unknown = message.params?.['notifications'];
  if (listIn(filter) === undefined) return message;
  return {
    ...message,
    params: { ...message.params, notifications: { ...(filter as object), resourceSubscriptions: uris } },
  };
}

function listIn(filter: unknown): readonly unknown[] | undefined {
  if (typeof filter !== 'object' || filter === null || !('resourceSubscriptions' in filter)) return undefined;
  return Array.isArray(filter.resourceSubscriptions) ? filter.resourceSubscriptions : undefined;
}
