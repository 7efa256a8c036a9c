import { type PlantedFault } from '../planted-fault.js';
import { brief, cutOff } from '../simulations.js';

/** An acknowledged submit is in the log, once; the same idempotency key never makes two jobs. */
export const submits: readonly PlantedFault[] = [
  {
    name: 'key-taken-for-any-request',
    breaks: 1,
    file: 'src/jobs/domain/submit.ts',
    text: `if (stored !== fingerprint && !formerFingerprints.includes(stored)) throw`,
    instead: `if (stored === '' && !formerFingerprints.includes(fingerprint)) throw`,
    noticedBy: { spec: 'src/jobs/domain/submit.spec.ts', test: 'refuses a different request under the same key' },
    foundBy: { invariant: 'doubled', args: brief },
  },
  {
    name: 'repeat-taken-for-another-request',
    breaks: 1,
    file: 'src/jobs/domain/submit.ts',
    text: `stored !== fingerprint && !formerFingerprints.includes(stored)`,
    instead: `stored !== fingerprint || formerFingerprints.length >= 0`,
    noticedBy: { spec: 'src/jobs/domain/submit.spec.ts', test: 'is one fact however often the same request comes' },
    foundBy: { invariant: 'rejected', args: brief },
  },
  {
    name: 'job-id-without-its-key',
    breaks: 1,
    file: 'src/jobs/api/submission.ts',
    text: `new SubmitJob(jobIdOf(clientId, key), clientId`,
    instead: `new SubmitJob(ids.next(), clientId`,
    noticedBy: { spec: 'test/acceptance/jobs-submit.spec.ts', test: 'makes one job of a hundred submits at once' },
    foundBy: { invariant: 'doubled', args: brief },
  },
  {
    name: 'fresh-ids-for-the-same-decision',
    breaks: 1,
    file: 'src/engine/commands/prepare.ts',
    text: `derivedId('event', cause.commandId, stream, first, added.length)`,
    instead: `derivedId('event', cause.commandId, stream, first, added.length, at, process.hrtime().join())`,
    noticedBy: {
      spec: 'src/engine/commands/streams.spec.ts',
      test: 'gives its events the same ids when it is sent again after its answer was lost',
    },
  },
  {
    name: 'append-of-a-part',
    breaks: 2,
    file: 'src/engine/event-store/eventstoredb/append-call.ts',
    text: `.setProposedMessagesList(proposed)
    .setIsFinal(true);`,
    instead: `.setProposedMessagesList(proposed.slice(0, 1))
    .setIsFinal(true);`,
    noticedBy: { spec: 'test/conformance/eventstoredb.spec.ts', test: 'stores all of its events or none' },
  },
  {
    name: 'unknown-taken-for-missing',
    breaks: 1,
    file: 'src/engine/commands/streams.ts',
    text: `if (this.#inDoubt.has(stream)) throw`,
    instead: `if (this.#inDoubt.has('')) throw`,
    noticedBy: { spec: 'src/engine/commands/streams.spec.ts', test: 'is not said to be missing' },
  },
  {
    name: 'unknown-taken-for-stored',
    breaks: 1,
    file: 'src/engine/commands/streams.ts',
    text: `answers[index] = this.#failed(decision, new StorageUnavailable(outcome?.cause));`,
    instead: `answers[index] = { state: after.state, events, streamState: { ...after, position: null }, position: null };`,
    noticedBy: {
      spec: 'src/engine/commands/streams.spec.ts',
      test: 'says that storage is unavailable when nobody knows whether it was stored',
    },
    foundBy: { invariant: 'lost', args: cutOff },
  },
  {
    name: 'priority-beyond-its-range-taken',
    breaks: 1,
    file: 'src/jobs/api/submit-job.request.ts',
    text: `@Max(9)`,
    instead: `@Max(99)`,
    noticedBy: {
      spec: 'test/acceptance/jobs-submit.spec.ts',
      test: 'tells every fault at once, each with its pointer',
    },
    foundBy: { invariant: 'refused', args: brief },
  },
  {
    name: 'answers-of-a-batch-turned-round',
    breaks: 1,
    file: 'src/jobs/api/jobs.controller.ts',
    text: `[command, answers[index]]`,
    instead: `[command, answers[answers.length - 1 - index]]`,
    noticedBy: {
      spec: 'test/acceptance/jobs-submit.spec.ts',
      test: 'lets every item stand alone, in the order given',
    },
    foundBy: { invariant: 'misplaced', args: brief },
  },
];
