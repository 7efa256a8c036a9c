import { targetBody } from '../receivers/target.js';
import { type Fault, type History, type HistoryEvent } from './history.js';
import { createdIn, jobsIn } from './jobs-in.js';

/** How many runs of HTTP_REQUEST jobs have an end that the answers of their target have to explain. */
export const httpRunsIn = ({ events }: History): number =>
  [...jobsIn(events).values()]
    .filter((history) => createdIn(history)?.data.target !== undefined)
    .flatMap((history) => history.filter(isAnswered)).length;

/** Runs of HTTP_REQUEST jobs that end otherwise than their target answered them, or without having asked it. */
export function* faultsOfHttpRuns({ events, asked }: History): Iterable<Fault> {
  const answers = new Map<string, number[]>();
  for (const { url, status } of asked) answers.set(url, [...(answers.get(url) ?? []), status]);
  for (const [jobId, history] of jobsIn(events)) {
    const target = createdIn(history)?.data.target;
    if (target === undefined) continue;
    const statuses = answers.get(target) ?? [];
    for (const event of history.filter(isAnswered))
      for (const text of wrongEnd(event, statuses))
        yield { jobId, text: `job ${jobId}@${event.revision} of ${target} ${text}` };
  }
}

/** A success, or a failure that says that its target answered. */
const isAnswered = ({ name, data }: HistoryEvent): boolean =>
  name === 'JobSucceeded' || (name === 'JobFailed' && data['reason'] === 'error' && data.errorCode === 'HTTP_STATUS');

const isWell = (status: number): boolean => status < 300;
const mayPass = (status: number): boolean => status >= 500;

function* wrongEnd({ name, data }: HistoryEvent, statuses: readonly number[]): Iterable<string> {
  const told = statuses.length === 0 ? 'nothing, which was never asked' : statuses.join(', ');
  if (name === 'JobSucceeded') {
    if (!statuses.some(isWell)) yield `succeeded, and its target answered ${told}`;
    const answered = `200 ${targetBody}`;
    if (data.answered !== answered) yield `has the answer ${data.answered ?? 'none'}, not ${answered}`;
    return;
  }
  const refusals = statuses.filter((status) => !isWell(status));
  if (refusals.length === 0) yield `failed by an answer, and its target answered ${told}`;
  else if (refusals.some(mayPass) !== (data['retryable'] === true))
    yield `failed ${data['retryable'] === true ? 'retryably' : 'for good'}, and its target answered ${told}`;
}
