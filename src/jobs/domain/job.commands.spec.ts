import { describe, expect, it } from '@jest/globals';
import { type Command } from '../../kernel/message.js';
import {
  CancelJob,
  CompleteJob,
  ExpireLease,
  ExpireQueueTime,
  ExpireTotalTime,
  FailJob,
  keptDefinition,
  LeaseJob,
  QueueDueJob,
  QueueRetry,
  RecordProgress,
  ReleaseJob,
  ReportProgress,
  RetryJob,
  StartJob,
  SubmitJob,
  WithdrawLease,
} from './job.commands.js';
import { asJsonText } from '../../kernel/json-text.js';
import { definition } from '../../../test/support/job-events.js';

const error = { code: null, message: 'no' };

describe('a command to a job', () => {
  it.each<[Command, string, number, object | null]>([
    [new SubmitJob('j1', 'c1', definition, 'k1', 'f1'), 'SubmitJob', 1, null],
    [new QueueDueJob('j1'), 'QueueDueJob', 1, null],
    [new LeaseJob('j1', 'l1', 'w1', 30_000, true), 'LeaseJob', 1, { start: true }],
    [new StartJob('j1', 'l1'), 'StartJob', 1, null],
    [new ReportProgress('j1', 'l1', 5, null), 'ReportProgress', 1, null],
    [new RecordProgress('j1', 'l1', 5, null, 7), 'RecordProgress', 1, { after: 7 }],
    [new CompleteJob('j1', 'l1', null), 'CompleteJob', 1, null],
    [
      new FailJob('j1', 'l1', error, true, 90, 'error', 0.5),
      ...(['FailJob', 2, { retryAfterMs: 90, jitter: 0.5 }] as const),
    ],
    [new ReleaseJob('j1', 'l1', 'deploy', 0.5), 'ReleaseJob', 2, { leaseId: 'l1', jitter: 0.5 }],
    [new WithdrawLease('j1', 'l1'), 'WithdrawLease', 1, { leaseId: 'l1' }],
    [new ExpireLease('j1', 'l1', 0.5), 'ExpireLease', 2, { leaseId: 'l1', jitter: 0.5 }],
    [new QueueRetry('j1', 2), 'QueueRetry', 1, null],
    [new RetryJob('j1', true, 'fixed'), 'RetryJob', 1, { force: true }],
    [new CancelJob('j1', 'typo'), 'CancelJob', 2, null],
    [new ExpireQueueTime('j1', 2), 'ExpireQueueTime', 1, { attempt: 2 }],
    [new ExpireTotalTime('j1'), 'ExpireTotalTime', 1, null],
  ])('is kept with what its events do not hold: %j', (command, type, schema, kept) => {
    expect([command.type, command.schema, command.kept]).toEqual([type, schema, kept]);
  });

  it('knows no earlier fingerprint where none is given', () => {
    expect(new SubmitJob('j1', 'c1', definition, 'k1', 'f1').formerFingerprints).toEqual([]);
  });

  it('that a timer was given by an earlier build draws as it was drawn', () => {
    const [step] = ExpireLease.steps;
    expect(step?.({ jobId: 'j1', leaseId: 'l1', random: 0.25 })).toEqual({ jobId: 'j1', leaseId: 'l1', jitter: 0.25 });
  });
});

describe('a definition that is kept', () => {
  it('is read back, and not by a build that is older', () => {
    const { payload: _, ...kept } = definition;
    const stored = keptDefinition.write(kept);
    expect(stored.schema).toBe(1);
    expect(keptDefinition.read(stored)).toEqual(kept);
    expect(() => keptDefinition.read({ schema: 2, text: asJsonText('{}') })).toThrow(
      'the definition of a job is kept in schema 2; this ForgeRun knows those up to 1',
    );
  });
});
