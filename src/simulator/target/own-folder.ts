import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processFacts } from '../../platform/postgres/embedded/process-facts.js';

export const folderPrefix = 'forgerun-simulate-';
export const ownerFile = 'owner.json';

/** Who made a folder; a later process may have the same number. */
export interface Owner {
  readonly pid: number;
  readonly startedAt: string | null;
}

/** A new folder for what a run starts. As root, Postgres runs under another account, which has to get in. */
export async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), folderPrefix));
  await chmod(folder, 0o711);
  const { pid } = process;
  const owner: Owner = { pid, startedAt: (await processFacts(pid))?.startedAt ?? null };
  await writeFile(join(folder, ownerFile), JSON.stringify(owner), { mode: 0o600 });
  return folder;
}
