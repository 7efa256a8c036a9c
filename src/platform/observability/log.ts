import { pino, type Logger } from 'pino';

export type Log = Logger;

/** JSON lines on standard error; standard output belongs to the one line that says the engine is ready. */
export function openLog(options: { readonly level: string; readonly format: 'json' | 'pretty' }): Log {
  const destination = pino.destination({ dest: 2, sync: true });
  return pino(
    {
      level: options.level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: pino.stdSerializers.err },
    },
    options.format === 'pretty' ? prettied(destination) : destination,
  );
}

type Destination = ReturnType<typeof pino.destination>;

/** One readable line per entry, for a person at a terminal. */
function prettied(destination: Destination): { write(line: string): void } {
  return {
    write(line) {
      const { time, level, action, msg, pid: _pid, err, ...rest } = JSON.parse(line) as Record<string, unknown>;
      const at = typeof time === 'string' ? time.slice(11, 23) : '';
      const fields = Object.entries(rest).map(([name, value]) => `${name}=${readable(value)}`);
      const trouble = err === undefined ? [] : [messageOf(err)];
      const words = [at, String(level).toUpperCase().padEnd(5), String(action ?? msg ?? ''), ...fields, ...trouble];
      destination.write(`${words.join(' ')}\n`);
    },
  };
}

const readable = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function messageOf(err: unknown): string {
  if (typeof err !== 'object' || err === null) return String(err);
  const { message, stack } = err as { readonly message?: unknown; readonly stack?: unknown };
  return typeof stack === 'string' ? stack : String(message);
}
