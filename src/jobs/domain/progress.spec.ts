import { describe, it } from '@jest/globals';
import { specFor } from '../../../test/support/given.js';
import { assigned, created, progressed, queued, started, succeeded } from '../../../test/support/job-events.js';
import { RecordProgress } from './job.commands.js';
import { jobDecider } from './job.decider.js';

const given = specFor(jobDecider);
const step = progressed();
const running = [created(), queued(), assigned(), started(), step];
const after = step.data.reportedAt;
const record = (percent: number, leaseId = 'l1') => new RecordProgress('j1', leaseId, percent, null, after);

describe('progress that came too soon to be written', () => {
  it('is written once its second is over', () => {
    given(...running)
      .when(record(80), after + 1_000)
      .then(progressed({ percent: 80, message: null, reportedAt: after + 1_000 }));
  });

  it('is left where something newer was written meanwhile', () => {
    given(...running, progressed({ percent: 90, reportedAt: after + 1_000 }))
      .when(record(80), after + 1_001)
      .thenNothing();
  });

  it('is written where its words alone are new', () => {
    given(...running)
      .when(new RecordProgress('j1', 'l1', 10, 'half', after), after + 1_000)
      .then(progressed({ message: 'half', reportedAt: after + 1_000 }));
  });

  it('is left where no step was written that it could follow', () => {
    given(...running.slice(0, -1))
      .when(record(80), after + 1_000)
      .thenNothing();
  });

  it('is left where it says nothing new', () => {
    given(...running, progressed({ percent: 80, message: null, reportedAt: after }))
      .when(record(80), after + 1_000)
      .thenNothing();
  });

  it('is left where the job is over, or another has it', () => {
    given(...running, succeeded())
      .when(record(80), after + 1_000)
      .thenNothing();
    given(...running)
      .when(record(80, 'l2'), after + 1_000)
      .thenNothing();
  });
});
