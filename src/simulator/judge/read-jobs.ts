import { ForgeRunError } from '../../sdk/forge-run-error.js';
import { type HttpConnection } from '../../sdk/http-connection.js';
import { digestOfValue } from '../records/digest.js';
import { type EventPage, eventOf, type WireEvent } from './event-reader.js';
import { type Members, type ShownJob, type WholeEvent } from './history.js';

/** So small that the events of most jobs take several pages. */
const pageSize = 4;

/** Reads some jobs by each call that shows one alone; the events come last, so that they have what the others are to show. */
export async function shownJobsOf(http: HttpConnection, jobIds: Iterable<string>): Promise<readonly ShownJob[]> {
  const shown: ShownJob[] = [];
  for (const jobId of jobIds)
    try {
      shown.push(await shownJobOf(http, jobId));
    } catch (error) {
      if (!(error instanceof ForgeRunError)) throw error;
      shown.push({ jobId, refusal: error.code, now: {}, before: { revision: 0, job: {} }, events: [] });
    }
  return shown;
}

async function shownJobOf(http: HttpConnection, jobId: string): Promise<ShownJob> {
  const read = async <Answer>(rest: string, query: Readonly<Record<string, string | number>> = {}): Promise<Answer> =>
    JSON.parse((await http.send({ method: 'GET', path: `/v1/jobs/${jobId}${rest}`, query })).text) as Answer;
  const now = await read<Members>('');
  const revision = typeof now['revision'] === 'number' ? Math.floor(now['revision'] / 2) : 0;
  const job = await read<Members>('', { as_of: revision });
  const events: WireEvent[] = [];
  let cursor: string | null = null;
  do {
    const page: EventPage = await read('/events', { limit: pageSize, ...(cursor === null ? {} : { cursor }) });
    events.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  const before = { revision, job: withDigests(job) };
  return { jobId, refusal: null, now: withDigests(now), before, events: events.map(withoutTexts) };
}

function withoutTexts(wire: WireEvent): WholeEvent {
  const event = eventOf(wire);
  return { ...event, data: withDigests(event.data) };
}

/** Payloads and results are large. */
const withDigests = (members: Members): Members => ({
  ...members,
  ...Object.fromEntries(
    ['payload', 'result'].flatMap((name) => (name in members ? [[name, digestOfValue(members[name])]] : [])),
  ),
});
