import { describe, expect, it } from '@jest/globals';
import { syntheticKinds } from '../kernel/work-kinds.js';
import { syntheticCatalog } from './synthetic-catalog.js';
import { expectedOutput } from './synthetic-output.js';

describe('the synthetic catalogue', () => {
  it('has the durations and outputs of the specification', () => {
    const lines = syntheticKinds.map((kind) => {
      const { durationMs, outputKiB, ending } = syntheticCatalog[kind];
      return `${kind} ${durationMs} ${outputKiB} ${ending}`;
    });
    expect(lines).toMatchInlineSnapshot(`
     [
       "SUCCESS_FAST 1000 4 succeeds",
       "SUCCESS_NORMAL 10000 16 succeeds",
       "SUCCESS_SLOW 90000 32 succeeds",
       "FAIL_IMMEDIATE 500 1 fails for good",
       "FAIL_AFTER_PROGRESS 20000 8 fails for good",
       "FAIL_AFTER_RETRYABLE 5000 8 fails retryably",
       "RUNS_LONG 110000 32 succeeds",
       "RUNS_OVER_TIMEOUT 1000 8 is timed out",
       "CPU_BURST 8000 4 succeeds",
       "MEMORY_SPIKE 12000 64 succeeds",
       "IO_HEAVY 15000 32 succeeds",
       "MANY_SMALL_OUTPUTS 9000 16 succeeds",
       "LARGE_OUTPUT 9000 256 succeeds",
       "CANCEL_BEFORE_START 5000 4 succeeds",
       "CANCEL_DURING_RUN 10000 4 succeeds",
       "RETRY_ON_FAIL 3000 4 fails retryably on the first attempt",
       "RETRY_LIMIT_REACHED 3000 4 fails retryably",
       "DUPLICATE_SUBMIT_SAME_KEY 2000 4 succeeds",
       "DUPLICATE_SUBMIT_DIFFERENT_KEY 2000 4 succeeds",
       "WEBHOOK_SUCCESS 2000 4 succeeds",
       "WEBHOOK_TIMEOUT 2000 4 succeeds",
       "WEBHOOK_5XX 2000 4 succeeds",
       "WEBHOOK_RETRIES_EXHAUSTED 2000 4 succeeds",
       "WEBHOOK_SLOW_RECEIVER 2000 4 succeeds",
       "SCHEDULED_ON_TIME 2000 4 succeeds",
       "SCHEDULED_LATE_RECOVERY 2000 4 succeeds",
       "SCHEDULED_FAR_FUTURE 2000 4 succeeds",
       "PAYLOAD_SMALL 2000 1 succeeds",
       "PAYLOAD_MEDIUM 2000 16 succeeds",
       "PAYLOAD_LARGE 2000 256 succeeds",
       "PAYLOAD_INVALID 0 0 is refused at submit",
     ]
    `);
  });

  it('puts out the same for every run of a job, and something else for every other job', () => {
    const output = expectedOutput('SUCCESS_FAST', 'job-1');
    expect(output).toBe(expectedOutput('SUCCESS_FAST', 'job-1'));
    expect(output).not.toBe(expectedOutput('SUCCESS_FAST', 'job-2'));
    expect(output).not.toBe(expectedOutput('CPU_BURST', 'job-1'));
    // A replay of an old log must find the outputs that were made then.
    expect(output?.slice(0, 40)).toMatchInlineSnapshot(`"sH3FZNjBZRepJIee6ZYAG9EU966mHDg_9zQOh76e"`);
  });

  it.each(syntheticKinds)('puts out exactly its KiB of printable text as JSON: %s', (kind) => {
    const output = expectedOutput(kind, 'job-1');
    const { outputKiB } = syntheticCatalog[kind];
    expect(output === null ? 0 : Buffer.byteLength(JSON.stringify(output))).toBe(outputKiB * 1024);
    expect(output ?? '').toMatch(/^[\w-]*$/);
  });

  it('knows no output of other kinds', () => {
    expect(expectedOutput('email.send', 'job-1')).toBeNull();
  });
});
