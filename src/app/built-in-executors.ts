import { type Clock } from '../platform/clock/clock.js';
import { type Egress } from '../platform/egress/egress.js';
import { retryAfterMs } from '../platform/egress/retry-after.js';
import { type Handler } from '../sdk/running-job.js';
import { emitEvent } from '../worker/executors/emit-event.executor.js';
import { httpRequest } from '../worker/executors/http-request.executor.js';

/** Executors that need more of the engine than a worker has: the guarded way out. */
export const builtInExecutors = (egress: Egress, clock: Clock): Readonly<Record<string, Handler>> => ({
  HTTP_REQUEST: httpRequest(async (request) => {
    const answer = await egress.send(request);
    if (answer.kind !== 'answered') return answer;
    return { ...answer, retryAfterMs: retryAfterMs(answer.headers['retry-after'], clock.now()) };
  }),
  EMIT_EVENT: emitEvent,
});
