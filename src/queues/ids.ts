import { derivedId } from '../platform/ids/ids.js';

/** A queue has no id of its own for its client: it is its name. */
export const queueIdOf = (clientId: string, queue: string): string => derivedId('queue', clientId, queue);
