import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as platform from '../../src/platform/clock/timer.js';
import * as sdk from '../../src/sdk/timer.js';

const dayMs = 86_400_000;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe.each([
  ["the platform's", platform],
  ["the SDK's", sdk],
])('a timer: %s', (_, { after, every, sleep }) => {
  it.each([10, 30 * dayMs, 400 * dayMs])('calls once after %i ms, and not before', (ms) => {
    const call = jest.fn();
    after(ms, call);
    jest.advanceTimersByTime(ms - 1);
    expect(call).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(call).toHaveBeenCalledTimes(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('never calls when it is to wait for ever', () => {
    const call = jest.fn();
    after(Number.POSITIVE_INFINITY, call);
    jest.advanceTimersByTime(400 * dayMs);
    expect(call).not.toHaveBeenCalled();
  });

  it('calls again and again, until it is cancelled, also by its own call', () => {
    const call = jest.fn(() => {
      if (call.mock.calls.length === 3) timer.cancel();
    });
    const timer = every(30 * dayMs, call);
    jest.advanceTimersByTime(200 * dayMs);
    expect(call).toHaveBeenCalledTimes(3);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('can be cancelled on its way, and begun again', () => {
    const call = jest.fn();
    const timer = after(30 * dayMs, call);
    jest.advanceTimersByTime(29 * dayMs);
    timer.refresh();
    jest.advanceTimersByTime(29 * dayMs);
    expect(call).not.toHaveBeenCalled();
    jest.advanceTimersByTime(dayMs);
    expect(call).toHaveBeenCalledTimes(1);
    timer.refresh();
    jest.advanceTimersByTime(26 * dayMs);
    timer.cancel();
    jest.advanceTimersByTime(60 * dayMs);
    expect(call).toHaveBeenCalledTimes(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is slept for until its time, or until the signal', async () => {
    const slept = sleep(30 * dayMs);
    jest.advanceTimersByTime(30 * dayMs);
    await slept;
    const callOff = new AbortController();
    const called = sleep(30 * dayMs, callOff.signal);
    callOff.abort(new Error('called off'));
    await expect(called).rejects.toThrow('called off');
    await expect(sleep(1, callOff.signal)).rejects.toThrow('called off');
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('the timers of the platform and of the SDK, which stands alone', () => {
  it('are the same', () => {
    expect(readFileSync('src/sdk/timer.ts', 'utf8')).toBe(readFileSync('src/platform/clock/timer.ts', 'utf8'));
  });
});
