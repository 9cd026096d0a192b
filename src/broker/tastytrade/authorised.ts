import type { AccessTokens } from './access-token.ts';
import type { Call, Reply } from './call.ts';
import type { Http } from './http.ts';
import type { CallOptions } from '../broker.ts';

export type TimedOptions = CallOptions & { readonly timeoutMs: number };

/** One attempt with the tenant's token, and a second one when only the token was at fault. Never for orders. */
export type Authorised = (call: Call, options: TimedOptions) => Promise<Reply>;

export function createAuthorised(http: Http, tokens: AccessTokens): Authorised {
  async function attempt(call: Call, options: TimedOptions): Promise<{ reply: Reply; isWorthRepeating: boolean }> {
    const accessToken = await tokens.current(options);
    const reply = await http.attempt(call, { ...options, accessToken });
    if (reply.status !== 401) tokens.worked(accessToken);
    return { reply, isWorthRepeating: reply.status === 401 && (await tokens.refused(accessToken)) };
  }

  return async (call, options) => {
    const first = await attempt(call, options);
    return first.isWorthRepeating ? (await attempt(call, options)).reply : first.reply;
  };
}
