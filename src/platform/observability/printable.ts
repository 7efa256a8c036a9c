import { type LogFields, logFields } from './log-fields.js';
import { scrubbed } from './scrub.js';

const allowed: ReadonlySet<string> = new Set(logFields);
/** Fields that hold words which a caller may have chosen. */
const freeText: ReadonlySet<string> = new Set(['error_message', 'reason', 'path', 'store', 'part']);
const deepestCause = 4;

/** A line as it may be written: only fields of the list, free text without secrets, errors without their extras. */
export function printable(fields: LogFields): Record<string, unknown> {
  const line: Record<string, unknown> = {};
  let left: string[] | null = null;
  for (const [name, value] of Object.entries(fields)) {
    if (!allowed.has(name)) (left ??= []).push(name);
    else if (name === 'err') line['err'] = printableError(value, 0);
    else if (freeText.has(name) && typeof value === 'string') line[name] = scrubbed(value);
    else line[name] = value;
  }
  // The name alone: the author of the line sees that it has to be allowed first.
  if (left !== null) line['omitted'] = left;
  return line;
}

/**
 * What an error says and where it was raised. Drivers hang whole rows and statements on their errors, so nothing else
 * is taken over.
 */
function printableError(error: unknown, depth: number): unknown {
  if (!(error instanceof Error)) return scrubbed(String(error));
  const { name, message, stack, cause } = error;
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return {
    type: name,
    message: scrubbed(message),
    ...code,
    stack: scrubbed(stack ?? ''),
    ...(cause === undefined || depth === deepestCause ? {} : { cause: printableError(cause, depth + 1) }),
  };
}
