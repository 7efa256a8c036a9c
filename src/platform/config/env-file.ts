import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

/** Adds what the folder's `.env` file says and the real environment does not. A missing file says nothing. */
export function loadEnv(dir: string, env: Record<string, string | undefined> = process.env): void {
  const path = join(dir, '.env');
  if (!existsSync(path)) return;
  for (const [name, value] of Object.entries(parseEnv(readFileSync(path, 'utf8')))) env[name] ??= value;
}
