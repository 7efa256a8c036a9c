import type { PlantedFault } from '../planted-fault.js';

/** No event of one client is visible to another, and no client's work holds up another's beyond its fair share. */
export const tenants: readonly PlantedFault[] = [
  {
    name: 'what-became-of-keys-not-heard',
    breaks: 8,
    file: 'src/clients/keys/client-feed.ts',
    text: `for (const event of events) this.parts.heard(event);`,
    instead: ``,
    noticedBy: {
      spec: 'src/clients/keys/client-feed.spec.ts',
      test: 'answers for every node as soon as each has heard',
    },
  },
  {
    name: 'revoked-key-issues-another',
    breaks: 8,
    file: 'src/clients/domain/client.decider.ts',
    text: `if (key === undefined || key.revokedAt !== null) throw new KeyDisabled(asker.keyId);`,
    instead: `if (key === undefined) throw new KeyDisabled(asker.keyId);`,
    noticedBy: {
      spec: 'src/clients/domain/client.decider.spec.ts',
      test: 'must be in force by the stream itself, whatever the door knew',
    },
  },
  {
    name: 'anybody-acts-for-another',
    breaks: 8,
    file: 'src/clients/keys/authenticator.ts',
    text: `if (!isOperator) throw`,
    instead: `if (scopes.length === 0) throw`,
    noticedBy: { spec: 'src/clients/keys/authenticator.spec.ts', test: 'lets nobody else act for another' },
  },
  {
    name: 'job-of-another-client-shown',
    breaks: 8,
    file: 'src/jobs/api/job-owners.ts',
    text: `!isKnown(state) || state.definition.clientId !== clientId`,
    instead: `!isKnown(state)`,
    noticedBy: { spec: 'test/acceptance/jobs-read.spec.ts', test: 'answers exactly as one that never was' },
  },
  {
    name: 'event-told-to-who-does-not-listen',
    breaks: 8,
    file: 'src/webhooks/following/deliver-events.follower.ts',
    text: `if (listening.has(data.clientId)) wanted.push(recorded);`,
    instead: `if (listening.size > 0) wanted.push(recorded);`,
    noticedBy: {
      spec: 'src/webhooks/following/deliver-events.follower.spec.ts',
      test: 'writes nothing for a client that does not listen, though another does',
    },
  },
  {
    name: 'look-ups-without-shares',
    breaks: 8,
    file: 'src/platform/egress/system-names.ts',
    text: `maxRunning: 512, maxRunningPerClient: 16`,
    instead: `maxRunning: 4, maxRunningPerClient: 512`,
    noticedBy: {
      spec: 'test/platform/system-names.spec.ts',
      test: 'of one client that nobody answers for hold up no other client',
    },
  },
  {
    name: 'one-bucket-for-all-clients',
    breaks: 8,
    file: 'src/platform/http/rate-limit.ts',
    text: `const known = this.buckets.get(clientId);`,
    instead: `const known = [...this.buckets.values()][0];`,
    noticedBy: { spec: 'src/platform/http/rate-limit.spec.ts', test: 'counts each client by itself' },
  },
  {
    name: 'built-in-kind-granted-outside',
    breaks: 8,
    file: 'src/jobs/dispatch/ready-jobs.ts',
    text: `(clientId === null ? [] : builtInKinds)`,
    instead: `(clientId === null ? [] : builtInKinds.slice(0, 0))`,
    noticedBy: {
      spec: 'test/acceptance/built-in-kinds.spec.ts',
      test: 'is never granted to a worker outside, whatever it asks for',
    },
  },
  {
    name: 'event-published-as-its-worker-says',
    breaks: 8,
    file: 'src/jobs/domain/finish.ts',
    text: `jobType === 'EMIT_EVENT' ? payload : result`,
    instead: `jobType === 'EMIT_EVENT' ? (result ?? payload) : result`,
    noticedBy: {
      spec: 'src/jobs/domain/finish.spec.ts',
      test: 'publishes what the payload says, whatever the worker answers',
    },
  },
];
