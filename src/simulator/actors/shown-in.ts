import { type ShownProperty } from '../records/records.js';

const sorts: ReadonlyMap<string, ShownProperty['sort']> = new Map([
  ['job_id', 'job'],
  ['schedule_id', 'schedule'],
  ['webhook_id', 'webhook'],
  ['client_id', 'client'],
]);

type Members = Readonly<Record<string, unknown>>;

/** What an answer names of what belongs to clients, each once. A queue is named where something is in it. */
export function shownIn(text: string): readonly ShownProperty[] {
  const found = new Map<string, ShownProperty>();
  const add = (sort: ShownProperty['sort'], id: unknown): void => {
    if (typeof id === 'string') found.set(`${sort} ${id}`, { sort, id });
  };
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      for (const each of value) walk(each);
      return;
    }
    const members = value as Members;
    for (const [name, member] of Object.entries(members)) {
      const sort = sorts.get(name);
      if (sort === undefined) walk(member);
      else add(sort, member);
    }
    if (isInUse(members)) add('queue', members['queue']);
  };
  const answer = parsed(text);
  walk(answer);
  for (const { group, jobs } of groupsOf(answer, 'queue')) if (jobs !== 0) add('queue', group);
  for (const { group, jobs } of groupsOf(answer, 'schedule')) if (jobs !== 0) add('schedule', group);
  return [...found.values()];
}

/** A client may have asked for a queue of its own in which nothing ever was. */
const isInUse = ({ depth, running }: Members): boolean =>
  (typeof depth === 'number' && depth > 0) || (typeof running === 'number' && running > 0);

/** Of a summary by queue or schedule. */
function groupsOf(answer: unknown, by: string): readonly { readonly group?: unknown; readonly jobs?: unknown }[] {
  const { group_by: groupBy, items } = answer as { readonly group_by?: unknown; readonly items?: unknown };
  return groupBy === by && Array.isArray(items) ? (items as readonly object[]) : [];
}

function parsed(text: string): unknown {
  try {
    return (JSON.parse(text) as unknown) ?? {};
  } catch {
    // Nothing is shown by what is no JSON.
    return {};
  }
}
