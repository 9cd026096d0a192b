import { type DestinationStream, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import type { Log } from '../core/log.ts';
import { scrub } from './scrub.ts';

export type LogOptions = {
  readonly level: string;
  /** Readable lines for a person at a terminal; JSON otherwise. */
  readonly readable: boolean;
  readonly write: (line: string) => void;
};

const REDACTED_PATHS = ['authorization', 'headers.authorization', 'req.headers.authorization', 'headers.cookie'];

function wrap(logger: Logger): Log {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    with: (fields) => wrap(logger.child(fields)),
  };
}

function destination({ readable, write }: LogOptions): DestinationStream {
  if (!readable) return { write: (line: string) => write(scrub(line)) };
  const prettify = pretty.prettyFactory({ colorize: true, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname' });
  return { write: (line: string) => write(prettify(scrub(line))) };
}

/** The process's log. Every line is scrubbed of secrets on its way out, whatever was logged. */
export function createPinoLog(options: LogOptions): { log: Log; pino: Logger } {
  const logger = pino(
    {
      level: options.level,
      redact: { paths: REDACTED_PATHS, censor: '[secret]' },
      serializers: { error: pino.stdSerializers.err, err: pino.stdSerializers.err },
      base: null,
    },
    destination(options),
  );
  return { log: wrap(logger), pino: logger };
}
