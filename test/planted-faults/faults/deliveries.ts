import { type PlantedFault } from '../planted-fault.js';
import { brief, longer } from '../simulations.js';

/** For every listener and every matching event there is one delivery, that ends delivered, exhausted or dropped. */
export const deliveries: readonly PlantedFault[] = [
  {
    name: 'new-secret-signs-only-once-the-old-one-is-over',
    breaks: 6,
    file: 'src/webhooks/domain/webhook.state.ts',
    text: `secrets.filter(({ until }) => until === null || until > at).map(`,
    instead: `secrets.filter(({ until }) => until === null || until > at).slice(-1).map(`,
    noticedBy: { spec: 'src/webhooks/domain/webhook.state.spec.ts', test: 'sign until they are rotated away' },
    foundBy: { invariant: 'forged', args: longer },
  },
  {
    name: 'delivery-dropped-for-a-secret-that-does-not-open',
    breaks: 6,
    file: 'src/webhooks/sending/delivery-attempt.ts',
    text: `if (cause instanceof SealedWithOtherKey) return 'sealed';`,
    instead: `if (cause instanceof SealedWithOtherKey) return null;`,
    noticedBy: {
      spec: 'test/acceptance/sealing.spec.ts',
      test: 'that is lost has a way on: deliveries wait uncharged until their secrets are rotated',
    },
  },
  {
    name: 'delivery-planned-twice',
    breaks: 6,
    file: 'src/webhooks/domain/delivery.decider.ts',
    text: `if (delivery.state !== 'NONE') return [];`,
    instead: ``,
    noticedBy: { spec: 'src/webhooks/domain/delivery.decider.spec.ts', test: 'is planned once' },
  },
  {
    name: 'attempt-recorded-twice',
    breaks: 6,
    file: 'src/webhooks/domain/delivery.decider.ts',
    text: `delivery.state !== 'PENDING' || command.attempt !== delivery.attempts + 1`,
    instead: `delivery.state !== 'PENDING'`,
    noticedBy: {
      spec: 'src/webhooks/domain/delivery.decider.spec.ts',
      test: 'records an attempt once, whoever tells it again',
    },
  },
  {
    name: 'delivery-never-exhausted',
    breaks: 6,
    file: 'src/webhooks/domain/delivery.decider.ts',
    text: `if (attempts >= policy.maxAttempts)`,
    instead: `if (attempts > policy.maxAttempts)`,
    noticedBy: {
      spec: 'src/webhooks/domain/delivery.decider.spec.ts',
      test: 'waits longer after each failure, and is exhausted after the last',
    },
  },
  {
    name: 'delivered-and-dropped',
    breaks: 6,
    file: 'src/webhooks/domain/delivery.decider.ts',
    text: `if (delivery.state !== 'PENDING') return [];`,
    instead: `if (delivery.state === 'NONE') return [];`,
    noticedBy: { spec: 'src/webhooks/domain/delivery.decider.spec.ts', test: 'is dropped only while it is pending' },
  },
  {
    name: 'callback-not-heard-of',
    breaks: 6,
    file: 'src/webhooks/following/deliver-events.follower.ts',
    text: `if (type === 'JobCreated' && data.callback !== null) listening.add(data.clientId);`,
    instead: ``,
    noticedBy: {
      spec: 'src/webhooks/following/deliver-events.follower.spec.ts',
      test: 'listens to a job for its callback, from its first event on',
    },
  },
  {
    name: 'reader-of-a-draining-node-sent-away-for-good',
    breaks: 6,
    file: 'src/platform/http/request.hooks.ts',
    text: `if (!opensEventStream(request)) throw stopping;`,
    instead: `if (stopping.retryAfterMs > 0) throw stopping;`,
    noticedBy: {
      spec: 'test/acceptance/http-stop.spec.ts',
      test: 'meets an event stream with an end and a time to come back, never with a status that ends it for good',
    },
  },
  {
    name: 'successes-not-told',
    breaks: 6,
    file: 'src/webhooks/sending/candidates.ts',
    text: `if (own !== undefined) candidates`,
    instead: `if (own !== undefined && event.type !== 'JobSucceeded') candidates`,
    noticedBy: {
      spec: 'test/acceptance/webhooks.spec.ts',
      test: 'gets every event of a job after its registration, in order, signed',
    },
    foundBy: { invariant: 'undelivered', args: brief },
  },
  {
    name: 'later-events-first',
    breaks: 6,
    file: 'src/webhooks/sending/delivery-queue.sql.ts',
    text: `e.attempts = 0 and e.position < d.position`,
    instead: `e.attempts = 0 and e.position > d.position`,
    noticedBy: {
      spec: 'test/acceptance/webhooks.spec.ts',
      test: 'gets every event of a job after its registration, in order, signed',
    },
    foundBy: { invariant: 'disordered', args: brief },
  },
  {
    name: 'signature-without-its-body',
    breaks: 6,
    file: 'src/webhooks/sending/signature.ts',
    text: `.update(\`\${id}.\${timestampSeconds}.\`).update(body)`,
    instead: `.update(\`\${id}.\${timestampSeconds}.\${body.length}\`)`,
    noticedBy: {
      spec: 'src/webhooks/webhook-parts.spec.ts',
      test: 'is what the reference implementation makes and takes',
    },
    foundBy: { invariant: 'forged', args: brief },
  },
  {
    name: 'signature-of-another-id',
    breaks: 6,
    file: 'src/webhooks/sending/delivery-attempt.ts',
    text: `signatureOf(subject.deliveryId,`,
    instead: `signatureOf(subject.eventId,`,
    noticedBy: {
      spec: 'test/acceptance/webhooks.spec.ts',
      test: 'gets every event of a job after its registration, in order, signed',
    },
    foundBy: { invariant: 'forged', args: brief },
  },
  {
    name: 'redelivery-acknowledged-and-not-made',
    breaks: 6,
    file: 'src/webhooks/domain/delivery.decider.ts',
    text: `if (delivery.state === 'PENDING' || delivery.openedAt > askedAt) return [];`,
    instead: `if (delivery.state !== 'EXHAUSTED' || delivery.openedAt > askedAt) return [];`,
    noticedBy: {
      spec: 'test/acceptance/webhooks.spec.ts',
      test: 'gets the events of a span again, the same and no others, on demand',
    },
    foundBy: { invariant: 'unrepeated', args: brief },
  },
  {
    name: 'callback-of-another-job',
    breaks: 6,
    file: 'src/webhooks/following/delivery-statements.ts',
    text: `select u.callbacks_id, u.event_id, c.lane, c.url,`,
    instead: `select u.callbacks_id, u.event_id, c.lane, (select min(o.url) from forgerun_engine.callbacks o where o.client_id = u.client_id),`,
    noticedBy: {
      spec: 'test/acceptance/webhooks.spec.ts',
      test: 'gets every event of its job, signed with the secret of its client',
    },
    foundBy: { invariant: 'astray', args: brief },
  },
];
