import type { Cluster, Member } from '../../support/processes/cluster.ts';
import type { ToolReply } from '../../support/processes/mcp-caller.ts';

export type TicketAsk = {
  readonly member: Member;
  /** Over what the usual ticket says. */
  readonly args?: Readonly<Record<string, unknown>>;
  readonly tool?: 'place_order' | 'preview_order';
  /** Another caller's; the member's own unless told. */
  readonly token?: string;
  /** Which replica, counted round. */
  readonly at?: number;
};

/** One share far below the market: it rests in the book, and can be cancelled. */
export const USUAL = { legs: [{ symbol: 'F', action: 'Buy to Open', quantity: 1 }], price: '-1.00' };

/** Asks for the usual ticket, or one that differs from it as told. */
export const askTicket = (
  cluster: Cluster,
  { member, args = {}, tool = 'place_order', token = member.token, at = 0 }: TicketAsk,
): Promise<ToolReply> => cluster.call(at, { token, tool, args: { ...USUAL, ...args } });

export const codeOf = ({ error }: ToolReply): unknown => error?.['code'];

/** The limit rule that refused a call. */
export const ruleOf = ({ error }: ToolReply): unknown => (error?.['details'] as { rule?: unknown } | undefined)?.rule;
