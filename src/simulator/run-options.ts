import { type ChaosPlan, chaosPlanFrom } from './chaos/chaos-plan.js';
import { existsSync } from 'node:fs';
import { isProfileName, type ProfileName, profiles } from './plan/profiles.js';
import { programIn } from './target/engine-process.js';
import { type Thresholds, thresholdsFrom } from './report/thresholds.js';

/** What a run is told, as the command line has it. */
export interface GivenOptions {
  readonly url?: string;
  readonly key?: string;
  readonly seed?: string;
  readonly profile?: string;
  readonly minutes?: string;
  readonly clients?: string;
  readonly report?: string;
  readonly chaos?: string;
  readonly kills?: string;
  readonly storeCommand?: string;
  readonly upgradeTo?: string;
  readonly engineFrom?: string;
  readonly thresholds?: GivenFile;
}

/** A file that an option names, with what it says, or why it cannot be read. */
type GivenFile = { readonly file: string } & ({ readonly text: string } | { readonly fault: string });

export interface RunOptions {
  /** Null: an engine of its own. */
  readonly engine: { readonly url: string; readonly adminKey: string } | null;
  readonly seed: number;
  readonly profile: ProfileName;
  readonly minutes: number;
  readonly clients: number;
  readonly reportFolder: string;
  /** Null: nothing goes wrong but what clients, workers and receivers do. */
  readonly chaos: ChaosPlan | null;
  /** Starts an EventStoreDB for the run; null: the database is the store. */
  readonly storeCommand: string | null;
  /** A folder with another release; null: none. */
  readonly upgradeTo: string | null;
  /** A folder with the engine to start; null: the one that this program is. */
  readonly engineFrom: string | null;
  readonly thresholds: Thresholds;
}

export class UnusableOptions extends Error {
  override readonly name = 'UnusableOptions';
  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
  }
}

/** How much longer than its time traffic may come, until what went wrong last is well again. */
export const maxBeyondMs = 3_600_000;
const maxSeed = 2 ** 32 - 1;
const maxMinutes = 24 * 60;
const maxClients = 1_000;
const maxKills = 100_000;
/** A kill and a start, on a busy machine. */
const minutesForAKill = 0.3;

/** Checks everything and says all that is wrong at once. */
export function runOptionsFrom(given: GivenOptions): RunOptions {
  const faults: string[] = [];
  const number = (name: string, text: string, is: (value: number) => boolean, mustBe: string): number => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (!is(value)) faults.push(`--${name} is to be ${mustBe}, not ${text}`);
    return value;
  };
  const wholeUpTo = (most: number, least: number) => (value: number) =>
    Number.isInteger(value) && value >= least && value <= most;
  const seed = number('seed', given.seed ?? '1', wholeUpTo(maxSeed, 0), `a whole number up to ${maxSeed}`);
  const minutes = number(
    'minutes',
    given.minutes ?? (given.kills === undefined ? '2' : minutesFor(given.kills)),
    (value) => value > 0 && value <= maxMinutes,
    `a number above 0, up to ${maxMinutes}`,
  );
  const profile = given.profile ?? 'standard';
  const known = isProfileName(profile) ? profile : 'standard';
  if (known !== profile) faults.push(`--profile is to be one of ${Object.keys(profiles).join(', ')}, not ${profile}`);
  const clients = number(
    'clients',
    given.clients ?? String(profiles[known].clients),
    wholeUpTo(maxClients, 1),
    `a whole number from 1 to ${maxClients}`,
  );
  const engine = engineOf(given, faults);
  const chaos = chaosOf(given, faults);
  const { storeCommand = null, upgradeTo = null, engineFrom = null } = given;
  const folders = { 'upgrade-to': upgradeTo, 'engine-from': engineFrom };
  for (const [name, folder] of Object.entries(folders))
    if (folder !== null && !existsSync(programIn(folder)))
      faults.push(`--${name} is to be a folder with a release or a build, and ${programIn(folder)} is not there`);
  const lastMs = minutes * 60_000 + maxBeyondMs;
  if (chaos?.kind === 'script' && chaos.faults.some(({ atMs }) => atMs > lastMs))
    faults.push(`--chaos: nothing can come later than ${lastMs / 1_000} s, an hour after the traffic`);
  const harm = given.kills === undefined ? { chaos } : { kills: chaos };
  const forOwnEngines = { ...harm, 'store-command': storeCommand, ...folders };
  for (const [name, value] of Object.entries(forOwnEngines))
    if (engine !== null && value !== null)
      faults.push(`--${name} is for engines that are started for the run, and --url names another`);
  const thresholds = thresholdsOf(given.thresholds, faults);
  if (faults.length > 0) throw new UnusableOptions(faults);
  const reportFolder = given.report ?? 'simulation';
  return {
    ...{ engine, seed, profile: known, minutes, clients, reportFolder },
    ...{ chaos, storeCommand, upgradeTo, engineFrom, thresholds },
  };
}

const minutesFor = (kills: string): string =>
  // What is no number is a fault of its own.
  String(Math.min(maxMinutes, Math.max(2, (Number(kills) || 0) * minutesForAKill)));

function chaosOf({ chaos, kills }: GivenOptions, faults: string[]): ChaosPlan | null {
  if (kills !== undefined) {
    if (chaos !== undefined) faults.push('--kills and --chaos exclude each other: kills follow one another alone');
    if (!/^[1-9]\d*$/.test(kills) || Number(kills) > maxKills)
      faults.push(`--kills is to be a whole number from 1 to ${maxKills}, not ${kills}`);
    return { kind: 'kills', count: Number(kills) };
  }
  if (chaos === undefined) return null;
  try {
    return chaosPlanFrom(chaos);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    faults.push(`--chaos: ${error.message}`);
    return null;
  }
}

function engineOf({ url, key }: GivenOptions, faults: string[]): RunOptions['engine'] {
  if (url === undefined) return null;
  if (!URL.canParse(url) || !/^https?:/.test(url)) faults.push(`--url is to be an http(s) address, not ${url}`);
  if (key === undefined || key === '')
    faults.push('--url wants the operator’s key beside it: --key, or FORGERUN_API_KEY in the environment');
  return { url, adminKey: key ?? '' };
}

function thresholdsOf(given: GivenFile | undefined, faults: string[]): Thresholds {
  if (given === undefined) return {};
  try {
    if ('text' in given) return thresholdsFrom(given.text);
    faults.push(`--thresholds ${given.file} cannot be read: ${given.fault}`);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    faults.push(`--thresholds ${given.file}: ${error.message}`);
  }
  return {};
}
