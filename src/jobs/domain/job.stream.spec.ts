import { describe, expect, it } from '@jest/globals';
import { assigned, created, definition, queued, started } from '../../../test/support/job-events.js';
import { fold } from '../../kernel/decider.js';
import { asJsonText } from '../../kernel/json-text.js';
import { CancelJob, LeaseJob, StartJob } from './job.commands.js';
import { jobDecider } from './job.decider.js';
import { jobEventTypes } from './job.events.js';
import { jobStream } from './job.stream.js';

const ready = [created(), queued()];
const running = [...ready, assigned(), started()];

describe('the stream of a job', () => {
  it('keeps its events under these versions', () => {
    expect(jobStream.category).toBe('job');
    const versions = Object.fromEntries(jobEventTypes.map((type) => [type, type === 'JobCanceled' ? 2 : 1]));
    expect(jobStream.versions).toEqual(versions);
  });

  it('is one trace, and refuses in the words of a job once it is gone', () => {
    expect(jobStream).toMatchObject({ isOneTrace: true, whenGone: { kind: 'conflict', code: 'RFA_JOB_CONFLICT' } });
  });

  it('knows the worker that speaks by the lease that it speaks under', () => {
    const whoSpeaks = (command: LeaseJob | StartJob | CancelJob, history = running) =>
      jobStream.workerOf?.(command, fold(jobDecider, history));
    expect(whoSpeaks(new LeaseJob('j1', 'l2', 'w2', 30_000, true))).toBe('w2');
    expect(whoSpeaks(new StartJob('j1', 'l1'))).toBe('w1');
    expect(whoSpeaks(new StartJob('j1', 'l2'))).toBeNull();
    expect(whoSpeaks(new StartJob('j1', 'l1'), ready)).toBeNull();
    expect(whoSpeaks(new CancelJob('j1', null))).toBeNull();
  });

  it('weighs what its payload weighs, and something on top', () => {
    expect(jobStream.weigh(jobDecider.initialState)).toBe(1_000);
    expect(jobStream.weigh(fold(jobDecider, running))).toBe(1_000 + definition.payload.length);
    expect(jobStream.weigh(fold(jobDecider, [created({ payload: null })]))).toBe(1_000);
    expect(jobStream.weigh(fold(jobDecider, [created({ payload: asJsonText('"0123456789"') })]))).toBe(1_012);
  });
});
