import { beforeEach, describe, expect, it } from '@jest/globals';
import { Command } from '../../kernel/message.js';
import { type Positioned } from '../../kernel/recorded.js';
import { KnownProgress } from '../projector/projection-progress.js';
import { BusCommandSender } from './bus-command-sender.js';

class Rename extends Command<Positioned> {
  readonly type = 'Rename';
}

const until = ['names', 'lists'];
const bus = { execute: () => Promise.resolve({ position: 7n }) };

describe('a command whose sender has to see it reflected', () => {
  let progress: KnownProgress;
  let answers: string[];
  const shows = async (name: string, position: bigint): Promise<void> => {
    progress.publish({ name, position, tables: [] });
    // An answer that is on its way has arrived by then.
    await new Promise(setImmediate);
  };

  beforeEach(() => {
    progress = new KnownProgress();
    answers = [];
  });

  it('is answered once every read model that was named shows it', async () => {
    const sent = new BusCommandSender(bus, progress).send(new Rename(), { until }).then(({ position }) => {
      answers.push(String(position));
    });
    await shows('names', 7n);
    await shows('lists', 6n);
    await shows('others', 7n);
    expect(answers).toEqual([]);
    await shows('lists', 8n);
    await sent;
    expect(answers).toEqual(['7']);
  });

  it('is answered at once where nothing was written, or no more was asked for', async () => {
    const nothing = { execute: () => Promise.resolve({ position: null }) };
    expect(await new BusCommandSender(nothing, progress).send(new Rename(), { until })).toEqual({ position: null });
    expect(await new BusCommandSender(bus, progress).send(new Rename())).toEqual({ position: 7n });
  });

  it('is answered all the same where too many wait, because it is true', async () => {
    const crowded = new KnownProgress(0);
    expect(await new BusCommandSender(bus, crowded).send(new Rename(), { until })).toEqual({ position: 7n });
  });
});
