/** Every name an event of a job has for listeners: `JobRetryScheduled` is `job.retry_scheduled`. */
export const jobEventNames: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'JobCreated',
    'JobQueued',
    'JobAssigned',
    'JobStarted',
    'JobProgressed',
    'JobSucceeded',
    'JobFailed',
    'JobRetryScheduled',
    'JobRetriesExhausted',
    'JobCanceled',
    'JobErased',
  ].map((type) => [type, `job.${snake(type.slice('Job'.length))}`]),
);

/** Ticks of a schedule that nothing was there to fire. */
export const missedEventName = 'schedule.missed';

/** What a test delivery is called. No filter asks for it. */
export const testEventName = 'webhook.test';

function snake(name: string): string {
  return name.replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

const filter = /^(\*|[a-z][a-z0-9_]*(\.[a-z0-9_]+)*(\.\*)?)$/;
/** As long as the longest name, which a beginning is shorter than. */
export const filterChars = 100;
const namesOfJobs: ReadonlySet<string> = new Set(Object.values(jobEventNames));

/** Why a filter can match nothing; null when it can. */
export function faultOfFilter(text: string): string | null {
  if (text.length > filterChars || !filter.test(text)) return 'must be a dotted name, a beginning such as job.*, or *';
  if (text.startsWith('job.') && text !== 'job.*' && !namesOfJobs.has(text))
    return `is no event of a job; those are ${[...namesOfJobs].join(', ')}`;
  if (text.startsWith('schedule.') && text !== 'schedule.*' && text !== missedEventName)
    return `is no event of a schedule; that is ${missedEventName}`;
  if (text.startsWith('forgerun.')) return 'matches nothing; the names of events begin after forgerun.';
  if (text.startsWith('webhook.')) return `matches nothing; ${testEventName} is sent to the webhook that is tested`;
  return null;
}

/** Every filter that matches a name: `a.b.c` is matched by itself, `a.b.*`, `a.*` and `*`. */
export function filtersFor(name: string): readonly string[] {
  const parts = name.split('.');
  const beginnings = parts.slice(1).map((_, index) => `${parts.slice(0, index + 1).join('.')}.*`);
  return ['*', ...beginnings, name];
}

export const isWanted = (filters: readonly string[], name: string): boolean =>
  filtersFor(name).some((each) => filters.includes(each));
