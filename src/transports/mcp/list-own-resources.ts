import { abortable } from '../../core/abortable.ts';
import { joinSignals } from '../../core/join-signals.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import type { ResourceTemplate } from '../../tools/pack.ts';
import { protocolError } from './protocol-error.ts';
import type { Visit } from './visit.ts';

/** A list is asked for at the beginning of most sessions: it does not wait long for a slow broker. */
const LIST_MS = 4000;

type Listing = { readonly uri: string; readonly name: string; readonly title: string; readonly mimeType: string };

/** The caller's own resources by their addresses; `undefined` where they are not to be had quickly. */
export async function listOwnResources(
  templates: readonly ResourceTemplate[],
  visit: Visit,
  signal: AbortSignal,
): Promise<readonly Listing[] | undefined> {
  if (templates.every(({ list }) => list === undefined)) return [];
  const context = await visit.context(signal).catch(protocolError);
  const late = new AbortController();
  const timer = context.clock.after(LIST_MS, () => late.abort(new Error('The broker was too slow for a list')));
  const { signal: quick, release } = joinSignals(context.signal, late.signal);
  try {
    const lists = templates.map((template) => listOf(template, { ...context, signal: quick }));
    return (await abortable(Promise.all(lists), quick)).flat();
  } catch (error) {
    context.log.debug({ error }, 'Own resources are not listed now');
    return undefined;
  } finally {
    timer.cancel();
    release();
  }
}

async function listOf(template: ResourceTemplate, context: TenantContext): Promise<readonly Listing[]> {
  const { name, mimeType } = template;
  const own = (await template.list?.(context)) ?? [];
  return own.map(({ uri, title }) => ({ uri, name, title, mimeType }));
}
