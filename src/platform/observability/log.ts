import { pino, type Logger } from 'pino';
import { descriptorOf, immediateDescriptorOf, LineWriter } from './line-writer.js';
import { type LogFields } from './log-fields.js';
import { printable } from './printable.js';

/** Facts with fields; a field that is not in the list of `log-fields.ts` does not compile, and is not written. */
export interface Log {
  trace(fields: LogFields): void;
  debug(fields: LogFields): void;
  info(fields: LogFields): void;
  warn(fields: LogFields): void;
  error(fields: LogFields): void;
  fatal(fields: LogFields): void;
  /** Whether lines of a level are written: for lines that are costly to put together. */
  writes(level: LogLevel): boolean;
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

interface LogOptions {
  readonly level: string;
  readonly format: 'json' | 'pretty';
  /** Each line is written before the code goes on, which costs time. */
  readonly isImmediate?: boolean;
}

/** A reader who is slower than we write must not cost us memory without end: beyond this, lines are lost. */
const maxBufferedCharacters = 16 * 1024 * 1024;

/**
 * JSON lines on standard error; standard output belongs to the one line that says the engine is ready. Lines are
 * gathered while the ones before them are being written, and what is left is written when the process ends.
 */
export function openLog(options: LogOptions): Log {
  const descriptor = (options.isImmediate === true ? immediateDescriptorOf : descriptorOf)(2);
  const writer = new LineWriter(descriptor, maxBufferedCharacters, (linesLost) => {
    log.warn({ action: 'log_lines_lost', lines_lost: linesLost });
  });
  process.on('exit', () => {
    writer.flushNow();
  });
  const log = logOn(options.format === 'pretty' ? prettied(writer) : writer, options.level);
  return log;
}

/** Somewhere lines go. */
export interface LogSink {
  write(line: string): void;
}

export function logOn(sink: LogSink, level: string): Log {
  return new AllowListedLog(
    pino(
      {
        level,
        base: { pid: process.pid },
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        // Errors come here readable already.
        serializers: { err: (error: unknown) => error },
      },
      sink,
    ),
  );
}

class AllowListedLog implements Log {
  constructor(private readonly pino: Logger) {}

  trace(fields: LogFields): void {
    if (this.writes('trace')) this.pino.trace(printable(fields));
  }

  debug(fields: LogFields): void {
    if (this.writes('debug')) this.pino.debug(printable(fields));
  }

  info(fields: LogFields): void {
    if (this.writes('info')) this.pino.info(printable(fields));
  }

  warn(fields: LogFields): void {
    if (this.writes('warn')) this.pino.warn(printable(fields));
  }

  error(fields: LogFields): void {
    if (this.writes('error')) this.pino.error(printable(fields));
  }

  fatal(fields: LogFields): void {
    if (this.writes('fatal')) this.pino.fatal(printable(fields));
  }

  writes(level: LogLevel): boolean {
    return this.pino.isLevelEnabled(level);
  }
}

/** One readable line per entry, for a person at a terminal. */
function prettied(destination: LogSink): LogSink {
  return {
    write(line) {
      const { time, level, action, msg, pid: _pid, err, ...rest } = JSON.parse(line) as Record<string, unknown>;
      const at = typeof time === 'string' ? time.slice(11, 23) : '';
      const fields = Object.entries(rest).flatMap(([name, value]) =>
        value === null ? [] : `${name}=${readable(value)}`,
      );
      const trouble = err === undefined ? [] : [messageOf(err)];
      const words = [
        at,
        String(level).toUpperCase().padEnd(5),
        nameOf(action) ?? nameOf(msg) ?? '',
        ...fields,
        ...trouble,
      ];
      destination.write(`${words.join(' ')}\n`);
    },
  };
}

const nameOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const readable = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function messageOf(err: unknown): string {
  if (typeof err !== 'object' || err === null) return String(err);
  const { message, stack } = err as { readonly message?: unknown; readonly stack?: unknown };
  return typeof stack === 'string' ? stack : String(message);
}
