import { isDeepStrictEqual } from 'node:util';
import { type Decider } from '../../src/kernel/decider.js';
import { type Command, type DomainEvent } from '../../src/kernel/message.js';
import { type CommandNote } from '../../src/kernel/recorded.js';
import { type LoggedEvent } from '../support/history-checker.js';
import { definition } from '../support/job-events.js';
import { jobStream } from '../../src/jobs/domain/job.stream.js';
import { scheduleStream } from '../../src/schedules/schedule.stream.js';

type Members = Readonly<Record<string, unknown>>;
interface Appended {
  readonly note: CommandNote;
  readonly at: number;
  readonly events: { type: string; data: Members }[];
}

const deciders: Readonly<Record<string, Decider<unknown, Command, DomainEvent>>> = {
  job: jobStream.decider,
  schedule: scheduleStream.decider,
};

/** Appends whose decision, made again from what the log holds alone, comes to something else. */
export function decidedOtherwise(log: readonly LoggedEvent[]): readonly string[] {
  const streams = new Map<string, LoggedEvent[]>();
  for (const event of log) {
    const known = streams.get(event.stream);
    if (known === undefined) streams.set(event.stream, [event]);
    else known.push(event);
  }
  return [...streams].flatMap(([stream, events]) => {
    const decider = deciders[stream.slice(0, stream.indexOf('-'))];
    return decider === undefined
      ? []
      : appendsIn(events)
          .filter(differsBy(decider))
          .map((each) => `${stream}: ${each.note[0]}`);
  });
}

function appendsIn(events: readonly LoggedEvent[]): readonly Appended[] {
  const appends: Appended[] = [];
  for (const { type, data, written } of events) {
    const { at, command } = JSON.parse(written?.metadata ?? '{}') as { at: number; command?: CommandNote };
    if (command !== undefined) appends.push({ note: command, at, events: [] });
    appends.at(-1)?.events.push({ type, data });
  }
  return appends;
}

function differsBy(decider: Decider<unknown, Command, DomainEvent>): (append: Appended) => boolean {
  let state = decider.initialState;
  return ({ note, at, events }) => {
    const { due = at } = (note[2] ?? {}) as { readonly due?: number };
    const decided = decider.decide(commandOf(note, events), state, at, due);
    state = events.reduce((each, event) => decider.evolve(each, event), state);
    return !isDeepStrictEqual(JSON.parse(JSON.stringify(decided)), events);
  };
}

/** What is kept beside the events, then what they hold, the first of them before the others. */
function commandOf([type, , kept]: CommandNote, events: Appended['events']): Command {
  const held = events.reduceRight<Members>((all, { data }) => ({ ...all, ...data }), {});
  const asked = askedBy(type, held, events);
  return { ...held, definition: pick(held, Object.keys(definition)), ...asked, ...kept, type } as unknown as Command;
}

/** What the command's members are called in the events, where that is something else. */
function askedBy(type: string, held: Members, events: Appended['events']): Members {
  if (type === 'ReleaseJob' || type === 'RetryJob') return { reason: held['note'] };
  // A retry that is brought forward to be cancelled has a note of its own.
  return type === 'CancelJob' ? { note: events.at(-1)?.data['note'] } : { outages: [] };
}

const pick = (members: Members, names: readonly string[]): Members =>
  Object.fromEntries(names.map((name) => [name, members[name]]));
