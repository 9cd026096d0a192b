export type JsonObject = { readonly [key: string]: unknown };

/** A question to the person or the model at the client, in MCP's own words; the edge sends it as it is. */
export type ClientQuestion = {
  readonly method: 'elicitation/create' | 'sampling/createMessage' | 'roots/list';
  readonly params?: JsonObject;
};

/** Instead of an answer: the call goes on when the client has answered every question. */
export type InputNeeded = {
  readonly ask: Readonly<Record<string, ClientQuestion>>;
  /** Plain JSON to find again in `ClientChannel.state`. The client sees it and cannot change it: no secrets in it. */
  readonly state?: unknown;
};

export const NOTICE_LEVELS = ['debug', 'info', 'warning', 'error'] as const;
export type NoticeLevel = (typeof NOTICE_LEVELS)[number];

/** How far a call has come. `done` only grows; `total` where it is known. */
export type Progress = { readonly done: number; readonly total?: number; readonly message?: string };

/** What a running call may say to its client, and hear from it. What the client did not ask for is dropped. */
export type ClientChannel = {
  progress(step: Progress): Promise<void>;
  notice(level: NoticeLevel, data: unknown): Promise<void>;
  /** Whether the client says that it can answer this kind of question. */
  canAnswer(question: ClientQuestion): boolean;
  /** The answers to the last round of questions, by the names they were asked under. Untrusted: parse them. */
  readonly answers: Readonly<Record<string, unknown>>;
  /** What the round before left in `InputNeeded.state`, checked to be ours and this caller's; else `undefined`. */
  readonly state: unknown;
};

const ignore = async (): Promise<void> => {};

/** A client that hears nothing and answers nothing. */
export const silentClient: ClientChannel = Object.freeze({
  progress: ignore,
  notice: ignore,
  canAnswer: () => false,
  answers: Object.freeze({}),
  state: undefined,
});
