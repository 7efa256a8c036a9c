import { memberTexts } from '../../kernel/json-members.js';
import { asJsonText } from '../../kernel/json-text.js';
import { PermanentFailure } from '../../sdk/failures.js';
import { JsonResult, type Handler } from '../../sdk/running-job.js';

/** Publishes an application event: the job's success carries it, and who listens for its name gets it. */
export const emitEvent: Handler = ({ payloadText }) => {
  const members = payloadText === null ? null : memberTexts(asJsonText(payloadText));
  const eventName = members?.get('event_name');
  if (eventName === undefined) throw new PermanentFailure('the payload names no event', 'PAYLOAD_INVALID');
  return new JsonResult(`{"event_name":${eventName},"data":${members?.get('data') ?? 'null'}}`);
};
