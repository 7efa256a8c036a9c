import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { startEngineProcess } from './engine-process.js';
import { ownFolder } from './own-folder.js';
import { runSettings } from './run-settings.js';
import { type RunningTarget } from './running-target.js';

/** Starts an engine with embedded storage in a folder of its own: this program once more, as a process of its own. */
export async function startOwnEngine(logFile: string): Promise<RunningTarget> {
  const folder = await ownFolder();
  const adminKey = randomBytes(24).toString('base64url');
  const removed = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const settings = { ...runSettings(adminKey), FORGERUN_DATA_DIR: folder };
  try {
    const engine = await startEngineProcess({ folder, logFile, settings, program: null });
    const stop = async (): Promise<void> => {
      await engine.stop();
      await removed();
    };
    return { url: engine.url ?? '', adminKey, processes: () => [{ name: 'engine', pid: engine.pid }], stop };
  } catch (error) {
    await removed();
    throw error;
  }
}
