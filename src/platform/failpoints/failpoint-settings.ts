import { isIP } from 'node:net';
import { failpointNames, type FailpointName } from './names.js';

/** What happens at a failpoint: the process dies or ends, stands still, or the step fails there. */
export type Effect =
  { readonly kind: 'kill' | 'exit' | 'throw' } | { readonly kind: 'pause'; readonly pauseMs: number };

/** At which of the passes it happens: at one, or at each by chance. */
export type Moment = { readonly pass: number } | { readonly chance: number };

export interface SetFailpoint {
  readonly name: FailpointName;
  readonly effect: Effect;
  readonly moment: Moment;
}

/** What `FORGERUN_FAILPOINTS` says. */
export interface FailpointSettings {
  readonly points: readonly SetFailpoint[];
  /** Of the chances, so that a run can be repeated; null: another one each time. */
  readonly seed: number | null;
}

const maxPauseMs = 600_000;
const entry = /^([a-z.-]+)=(kill|exit|throw|pause:\d{1,6})(?:@([1-9]\d{0,8}|p(?:0(?:\.\d{1,9})?|1)))?$/;
const seedEntry = /^seed=(\d{1,9})$/;

export const failpointRule = {
  mustBe:
    'entries separated by semicolons, each NAME=ACTION, NAME=ACTION@N (at the Nth pass; else at the first) or NAME=ACTION@pP ' +
    '(at each pass with the chance P from 0 to 1), or seed=N once; ACTION is kill, exit, throw or pause:MS (up to ' +
    `${maxPauseMs} ms); NAME is one of ${failpointNames.join(', ')}`,
  parse(text: string): FailpointSettings | undefined {
    const entries = text.split(';').map((each) => each.trim());
    const seeds = entries.flatMap((each) => seedEntry.exec(each)?.[1] ?? []);
    const points = entries.filter((each) => !seedEntry.test(each)).map(pointIn);
    const valid = points.filter((each) => each !== undefined);
    if (valid.length === 0 || valid.length < points.length || seeds.length > 1) return undefined;
    return { points: valid, seed: seeds[0] === undefined ? null : Number(seeds[0]) };
  },
};

function pointIn(text: string): SetFailpoint | undefined {
  const [, given = '', action = '', when = '1'] = entry.exec(text) ?? [];
  const name = failpointNames.find((each) => each === given);
  const effect = effectIn(action);
  if (name === undefined || effect === undefined) return undefined;
  const moment = when.startsWith('p') ? { chance: Number(when.slice(1)) } : { pass: Number(when) };
  return { name, effect, moment };
}

function effectIn(action: string): Effect | undefined {
  if (action === 'kill' || action === 'exit' || action === 'throw') return { kind: action };
  const pauseMs = Number(action.slice('pause:'.length));
  return pauseMs >= 1 && pauseMs <= maxPauseMs ? { kind: 'pause', pauseMs } : undefined;
}

const loopback = /^(127\.|::1$|::ffff:127\.)/i;

/** Why failpoints must not be armed in this process, a sentence each; none where they may be. */
export function whyNotArmed(variable: string, nodeEnv: string | undefined, host: string): readonly string[] {
  const faults: string[] = [];
  if (nodeEnv !== 'test')
    faults.push(`${variable} is for tests only: it is set where NODE_ENV is ${nodeEnv ?? 'not set'}, and not test.`);
  if (isIP(host) === 0 || !loopback.test(host))
    faults.push(
      `${variable} is for tests only: it is set where FORGERUN_HOST is ${host}, which is no loopback address.`,
    );
  return faults;
}

/** As the variable has it. */
export function textOf({ points, seed }: FailpointSettings): string {
  const entries = points.map(({ name, effect, moment }) => {
    const action = effect.kind === 'pause' ? `pause:${effect.pauseMs}` : effect.kind;
    return `${name}=${action}@${'pass' in moment ? moment.pass : `p${moment.chance}`}`;
  });
  return [...entries, ...(seed === null ? [] : [`seed=${seed}`])].join(';');
}
