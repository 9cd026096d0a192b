import * as z from 'zod';
import { maybeTime } from './primitives.ts';
import { present } from './present.ts';

const streamerUrl = z.url({ protocol: /^wss?$/u });

/** Where the feed is, and what opens it. The address is never known beforehand. */
export const wireQuoteToken = z
  .object({ token: z.string().min(1).max(8192), 'dxlink-url': streamerUrl, 'expires-at': maybeTime })
  .transform((wire) => ({
    ...present({ expiresAt: wire['expires-at'] }),
    token: wire.token,
    url: wire['dxlink-url'],
  }));
