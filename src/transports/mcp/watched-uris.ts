import { GatewayError } from '../../core/errors.ts';

/** The most that one session, or one `subscriptions/listen`, may watch. */
export const MAX_WATCHED = 32;

/** Throws `rate_limited` for one too many. */
export function withUri(watched: readonly string[], uri: string): readonly string[] {
  if (watched.includes(uri)) return watched;
  if (watched.length < MAX_WATCHED) return [...watched, uri];
  throw new GatewayError('rate_limited', `A session may watch ${MAX_WATCHED} resources.`, {
    advice: 'Unsubscribe from others first.',
  });
}

export const withoutUri = (watched: readonly string[], uri: string): readonly string[] =>
  watched.filter((each) => each !== uri);
