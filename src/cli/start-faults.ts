import { type Config } from '../platform/config/config.js';
import { isEmbedded } from './doctor-databases.js';
import { bad, type Finding, folderAdvice, lookAtDataDir, lookAtPort } from './doctor-machine.js';

/** What is wrong with this machine for a start that has made nothing yet, in the doctor's words. */
export async function machineFaults(config: Config): Promise<readonly Finding[]> {
  const looked = [
    ...(isEmbedded(config) ? [await lookAtDataDir(config.dataDir)] : []),
    ...(config.roles.includes('api') ? [await lookAtPort(config.host, config.port)] : []),
  ];
  return looked.filter(({ level }) => level === 'fail');
}

/** The machine's refusal that ended a start, in the doctor's words; null for any other error. */
export async function machineFaultIn(error: unknown, config: Config): Promise<Finding | null> {
  const refused = systemErrorIn(error);
  if (refused === null) return null;
  if (refused.syscall === 'listen' || refused.syscall === 'bind') {
    // Taken between the look and the start.
    const now = await lookAtPort(config.host, config.port);
    return now.level === 'ok' ? bad(refused.message, 'Start it again.') : now;
  }
  const advice = folderAdvice[refused.code ?? ''];
  return advice === undefined ? null : bad(refused.message, advice);
}

function systemErrorIn(error: unknown): NodeJS.ErrnoException | null {
  for (let each = error; each instanceof Error; each = each.cause)
    if ('syscall' in each) return each as NodeJS.ErrnoException;
  return null;
}

export const sentenceOf = ({ what, then }: Finding): string => (then === undefined ? what : `${what}. ${then}`);
