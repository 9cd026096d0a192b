import type { InitializeRequestParams, LoggingLevel } from '@modelcontextprotocol/server';

/** What a 2025-era client says of itself at `initialize`; every later call of its session is served as to it. */
export type Introduction = Pick<InitializeRequestParams, 'protocolVersion' | 'capabilities' | 'clientInfo'>;

/**
 * A session of a client that still has them. It is a record, never a place: any replica that reads it can serve it.
 * It proves nothing about who asks: every request brings its token, and the session is its subject's alone.
 */
export type SessionRecord = {
  /** Unguessable. */
  readonly id: string;
  readonly issuer: string;
  readonly subject: string;
  readonly leg: 'streamable-http' | 'sse';
  /** Absent until the client has introduced itself, which on the SSE leg happens inside the session. */
  readonly introduction?: Introduction;
  readonly noticeLevel?: LoggingLevel;
};

export type SessionChange = Partial<Pick<SessionRecord, 'introduction' | 'noticeLevel'>>;

export type SessionStore = {
  create(record: SessionRecord): Promise<void>;
  /** The record, whose life starts anew; `undefined` once it has ended. */
  find(id: string): Promise<SessionRecord | undefined>;
  /** Does nothing to a session that has ended. */
  change(id: string, change: SessionChange): Promise<void>;
  remove(id: string): Promise<void>;
  close(): Promise<void>;
};
