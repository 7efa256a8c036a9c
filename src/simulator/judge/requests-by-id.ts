import { type Received } from './history.js';

/** The requests of each delivery, in the order in which they came. */
export function requestsById(received: readonly Received[]): ReadonlyMap<string, readonly Received[]> {
  const requests = new Map<string, Received[]>();
  for (const request of received) {
    const known = requests.get(request.webhookId);
    if (known === undefined) requests.set(request.webhookId, [request]);
    else known.push(request);
  }
  return requests;
}
