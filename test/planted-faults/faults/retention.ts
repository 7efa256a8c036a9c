import { type PlantedFault } from '../planted-fault.js';

/** Retention removes only what is due, and then everywhere. */
export const retention: readonly PlantedFault[] = [
  {
    name: 'erased-job-brought-back',
    breaks: 9,
    file: 'src/jobs/domain/submit.ts',
    text: `if (job.state !== 'NONE') {`,
    instead: `if (job.state !== 'NONE' && job.state !== 'ERASED') {`,
    noticedBy: { spec: 'src/jobs/domain/submit.spec.ts', test: 'does not bring a deleted job back' },
  },
  {
    name: 'report-of-an-erased-job',
    breaks: 9,
    file: 'src/jobs/domain/job.report.ts',
    text: `if (events.some(({ event }) => event.type === 'JobErased')) return null;`,
    instead: ``,
    noticedBy: { spec: 'src/jobs/domain/job.report.spec.ts', test: 'is gone when the job is erased' },
  },
  {
    name: 'numbering-begins-anew-after-a-deletion',
    breaks: 9,
    file: 'src/engine/event-store/postgres/append.sql.ts',
    text: `case when expected = -1 then coalesce(\${cutOfAsked}, 0) else expected + 1 end as first_revision`,
    instead: `expected + 1 as first_revision`,
    noticedBy: { spec: 'test/conformance/postgres.spec.ts', test: 'goes on counting after it was deleted' },
  },
];
