import type { AccountPart } from '../../broker/model/account-change.ts';
import type { Account } from '../../broker/model/account.ts';
import { quoted } from '../../core/quoted.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import type { JsonObject } from '../client-channel.ts';
import type { Tool } from '../define-tool.ts';
import type { Gaps, ResourceTemplate } from '../pack.ts';
import { JSON_TYPE, jsonBody, noSuchResource, readThrough } from './read-through.ts';

const NUMBER = /^[A-Za-z0-9]{1,20}$/u;

export type AccountResourceParts = {
  readonly part: AccountPart;
  readonly title: string;
  /** Whose answer the resource shows. */
  readonly tool: Tool;
  readonly args?: JsonObject;
};

/** `account://{number}/…`: one part of an account, as a tool tells it. */
export function accountResource({ part, title, tool, args = {} }: AccountResourceParts): ResourceTemplate {
  return Object.freeze<ResourceTemplate>({
    uriTemplate: `account://{number}/${part}`,
    name: `account_${part}`,
    title,
    description: `As ${tool.name} answers it, of the account with this number. Tells when it may have changed.`,
    mimeType: JSON_TYPE,
    scope: 'read',
    async read(uri, gaps, context) {
      const { number } = await ownAccount(gaps, context);
      return jsonBody(uri, await readThrough(tool, { account_number: number, ...args }, context));
    },
    async check(gaps, context) {
      await ownAccount(gaps, context);
    },
    async watch(gaps, context, listener) {
      const { number } = await ownAccount(gaps, context);
      return context.accountChanges.follow(({ account = number, parts }) => {
        if (account === number && parts.includes(part)) listener.changed();
      });
    },
    list: async (context) => (await context.listAccounts()).map((account) => listingOf(account, { part, title })),
  });
}

/** Throws `not_found` for a number that is none, and for one of somebody else's. */
async function ownAccount({ number = '' }: Gaps, context: TenantContext): Promise<Account> {
  if (!NUMBER.test(number)) throw noSuchResource();
  return context.chooseAccount(number);
}

const listingOf = ({ number, nickname }: Account, { part, title }: { part: AccountPart; title: string }) => ({
  uri: `account://${number}/${part}`,
  title: nickname === undefined ? `${title} of ${number}` : `${title} of ${number} (${quoted(nickname)})`,
});
