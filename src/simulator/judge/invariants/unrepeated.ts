import { deliveredName, isAskedFor } from '../delivered-name.js';
import { type Fault, type History, type HistoryEvent, type Invariant } from '../history.js';
import { requestsById } from '../requests-by-id.js';

export const unrepeated: Invariant = {
  name: 'unrepeated',
  promise: 'A delivery that had ended is made again under its id once a redelivery or a replay of it was acknowledged.',

  casesIn: ({ repeats }: History): number =>
    repeats.filter(({ outcome, ended }) => outcome === 'ok' && ended.length > 0).length,

  *faultsIn({ events, repeats, received, webhooks }: History): Iterable<Fault> {
    if (repeats.length === 0) return;
    const healthy = new Set(webhooks.flatMap(({ receiver, isHealthy }) => (isHealthy ? [receiver] : [])));
    const byId = new Map(events.map((event) => [event.eventId, event]));
    const requests = requestsById(received);
    for (const repeat of repeats) {
      const { call, receiver, ended, outcome, status, atMs } = repeat;
      if (call === 'redeliver' && status === 404)
        for (const { deliveryId } of ended)
          yield { jobId: null, text: `delivery ${deliveryId} is listed, and was answered 404 to a redelivery` };
      if (outcome !== 'ok' || !healthy.has(receiver)) continue;
      for (const { deliveryId, eventId } of ended) {
        const event = byId.get(eventId);
        if (!isCovered(repeat, event)) continue;
        const later = (requests.get(deliveryId) ?? []).filter((request) => request.atMs >= atMs);
        const isAgain = later.some(({ isReplay }) => call === 'redeliver' || isReplay);
        if (!isAgain)
          yield {
            jobId: event?.jobId ?? null,
            text: `delivery ${deliveryId} of event ${eventId} did not come to the ${receiver} receiver after a ${call} at ${atMs} ms`,
          };
      }
    }
  },
};

/** A clock of other parts of a millisecond may cut a span there. */
const edgeMs = 2;

function isCovered({ span }: History['repeats'][number], event: HistoryEvent | undefined): boolean {
  if (span === null) return true;
  // An application event has no place in the log, and so no moment here.
  if (event === undefined) return false;
  const { fromAt, toAt, types } = span;
  const isInside = event.at >= fromAt + edgeMs && event.at <= toAt - edgeMs;
  return isInside && isAskedFor(deliveredName(event.name), types);
}
