import type { JSONRPCMessage } from '@modelcontextprotocol/server';

/** What travels between the parts of one session, wherever they are. */
export type BusMessage =
  | { readonly kind: 'message'; readonly message: JSONRPCMessage }
  /** The session is over; or, with `for`, this stream takes the place of those that were opened before it. */
  | { readonly kind: 'over'; readonly for?: StreamBirth }
  /** The client has said something that is noted down with its session. */
  | { readonly kind: 'noted' }
  /** Is somebody there? Needs no answer. */
  | { readonly kind: 'knock' };

/** Streams of one session in the order of their opening, with a name for those of one millisecond. */
export type StreamBirth = { readonly at: number; readonly name: string };
