import { isProfileName, type ProfileName, profiles } from './plan/profiles.js';
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
  /** The content of the file. */
  readonly thresholds?: string;
}

export interface RunOptions {
  /** Null: an engine of its own. */
  readonly engine: { readonly url: string; readonly adminKey: string } | null;
  readonly seed: number;
  readonly profile: ProfileName;
  readonly minutes: number;
  readonly clients: number;
  readonly reportFolder: string;
  readonly thresholds: Thresholds;
}

export class UnusableOptions extends Error {
  override readonly name = 'UnusableOptions';
  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
  }
}

const maxSeed = 2 ** 32 - 1;
const maxMinutes = 24 * 60;
const maxClients = 1_000;

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
    given.minutes ?? '2',
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
  const thresholds = thresholdsOf(given.thresholds, faults);
  if (faults.length > 0) throw new UnusableOptions(faults);
  return { engine, seed, profile: known, minutes, clients, reportFolder: given.report ?? 'simulation', thresholds };
}

function engineOf({ url, key }: GivenOptions, faults: string[]): RunOptions['engine'] {
  if (url === undefined) return null;
  if (!URL.canParse(url) || !/^https?:/.test(url)) faults.push(`--url is to be an http(s) address, not ${url}`);
  if (key === undefined || key === '')
    faults.push('--url wants the operator’s key beside it: --key, or FORGERUN_API_KEY in the environment');
  return { url, adminKey: key ?? '' };
}

function thresholdsOf(text: string | undefined, faults: string[]): Thresholds {
  if (text === undefined) return {};
  try {
    return thresholdsFrom(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    faults.push(`--thresholds: ${error.message}`);
    return {};
  }
}
