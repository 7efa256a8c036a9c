import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder for what a run starts. As root, Postgres runs under another account, which has to get in. */
export async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'forgerun-simulate-'));
  await chmod(folder, 0o711);
  return folder;
}
