import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { InvalidConfig } from './config.js';
import { isServiceLink } from './kubernetes.js';
import { asError } from '../async/as-error.js';

/** Adds what the folder's `.env` file says and the real environment does not. A missing file says nothing. Throws `InvalidConfig`. */
export function loadEnv(dir: string, env: Record<string, string | undefined> = process.env): void {
  const path = join(dir, '.env');
  if (!existsSync(path)) return;
  for (const [name, value] of Object.entries(parseEnv(textOf(path)))) {
    const given = env[name];
    // What Kubernetes says of a Service was not set by the operator, and hides no line of the file.
    if (given === undefined || isServiceLink(name, given)) env[name] = value;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = asError(cause).message;
    throw new InvalidConfig([`${path} cannot be read: ${reason}. Let this user read it, or take it away.`]);
  }
}
