export type LogFields = Readonly<Record<string, unknown>>;

/** Structured logging: fields first, then a fixed sentence without values in it. */
export type Log = {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  with(fields: LogFields): Log;
};

const ignore = (): void => {};

/** Swallows everything: for tests, and for parts that are built without a log. */
export const silentLog: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore, with: () => silentLog };
