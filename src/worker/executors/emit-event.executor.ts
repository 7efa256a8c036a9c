import { PermanentFailure } from '../../sdk/failures.js';
import { type Handler } from '../../sdk/running-job.js';

/** Publishes an application event: the job's success carries it, and who listens for its name gets it. */
export const emitEvent: Handler = ({ payload }) => {
  if (typeof payload !== 'object' || payload === null || !('event_name' in payload))
    throw new PermanentFailure('the payload names no event', 'PAYLOAD_INVALID');
  return { event_name: payload.event_name, data: 'data' in payload ? payload.data : null };
};
