import { derivedId } from '../platform/ids/ids.js';

/** The listener that stands for all callbacks of a client: it has the secret, and each job its own URL. */
export const callbacksOf = (clientId: string): string => derivedId('callbacks', clientId);

/** One event and one listener have one delivery, and its id is the `webhook-id` of every attempt and every replay. */
export const deliveryIdOf = (listenerId: string, eventId: string): string => derivedId('delivery', listenerId, eventId);

/** An event that a job published is another event than the end of that job. */
export const applicationEventId = (jobEventId: string): string => derivedId('application-event', jobEventId);
