import { setMaxListeners } from 'node:events';
import { allOrFirstError } from '../platform/async/all-or-first-error.js';
import { pause } from '../platform/async/pause.js';
import { type Stage } from './actors/stage.js';
import { type Cast } from './cast.js';
import { type Chaos } from './chaos/chaos.js';
import { drained, lookAgain } from './judge/drain.js';
import { settled } from './judge/settle.js';
import { type Progress } from './progress.js';
import { RecordReader } from './records/record-reader.js';

/** Retries, leases that run out and webhooks that flap have their ends far within it. */
const drainPatienceMs = 120_000;
const maxDrainMs = 1_800_000;

interface Performance {
  readonly casts: readonly Cast[];
  readonly stage: Stage;
  /** What goes wrong meanwhile; null: nothing. */
  readonly chaos: Chaos | null;
  readonly forMs: number;
  readonly progress: Progress;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

interface Played {
  /** When the first traffic came, from the beginning of the run. */
  readonly trafficFromMs: number;
  readonly trafficMs: number;
  readonly drainMs: number;
}

/** What ends each part of a run, and what is to have ended before the run has. */
class Reins {
  readonly traffic = new AbortController();
  readonly work = new AbortController();
  readonly sending = new AbortController();
  readonly harm = new AbortController();
  readonly #under: Promise<unknown>[] = [];

  constructor(signal: AbortSignal) {
    // Everything that waits listens.
    setMaxListeners(0, signal, ...this.#all.map((each) => each.signal));
    signal.addEventListener('abort', () => {
      this.sending.abort();
    });
  }

  /** The run does not end before this has. */
  holds<Answer>(part: Promise<Answer>): Promise<Answer> {
    this.#under.push(part);
    // Where an interruption ends it before the run comes to wait for it.
    part.catch(() => undefined);
    return part;
  }

  async end(): Promise<void> {
    for (const each of this.#all) each.abort();
    await Promise.allSettled(this.#under);
  }

  get #all(): readonly AbortController[] {
    return [this.traffic, this.work, this.sending, this.harm];
  }
}

/** Lets traffic run for its time, then waits until everything has come to its end while the workers do no more harm. */
export async function play(performance: Performance): Promise<Played> {
  const reins = new Reins(performance.signal);
  try {
    return await perform(performance, reins);
  } finally {
    await reins.end();
  }
}

async function perform({ casts, stage, chaos, forMs, progress, signal }: Performance, reins: Reins): Promise<Played> {
  const { clock } = stage;
  const { traffic, work, sending, harm } = reins;
  const workers = casts.flatMap((cast) => cast.workers);
  const worked = reins.holds(allOrFirstError(workers.map((worker) => worker.run(work.signal))));
  const beganMs = clock.sinceMs();
  const sent = reins.holds(
    allOrFirstError(
      casts.flatMap(({ submitter, batches, scheduler, trespasser, repeater, rotator, holder }) => [
        submitter.run(beganMs, sending.signal),
        ...batches.map((each) => each.run(beganMs, sending.signal)),
        scheduler.run(traffic.signal),
        trespasser.run(traffic.signal),
        repeater.run(traffic.signal),
        rotator.run(traffic.signal),
        holder.run(traffic.signal),
      ]),
    ),
  );
  progress.tell(() => trafficText(stage, clock.sinceMs() - beganMs, forMs));
  await reins.holds(calamity({ chaos, forMs, harm, signal }));
  // What the plan has for later is not sent.
  sending.abort();
  traffic.abort();
  await sent;
  const trafficMs = clock.sinceMs() - beganMs;

  for (const worker of workers) worker.calm();
  await allOrFirstError(casts.map(({ trespasser }) => trespasser.finish(signal)));
  const records = new RecordReader(stage.recorder.file);
  const observers = new Map(casts.map(({ observer }) => [observer.history.clientId, observer]));
  let left: number | null = null;
  progress.tell(() => `waiting for what was begun${left === null ? '' : `: ${left} left`}`);
  const onLook = (now: number): void => {
    left = now;
  };
  await drained({ observers, records, clock, patienceMs: drainPatienceMs, maxMs: maxDrainMs, signal, onLook });
  const drainMs = clock.sinceMs() - beganMs - trafficMs;

  work.abort();
  await worked;
  // What ended last is written down by now.
  await stage.recorder.flushed();
  if (!signal.aborted) {
    await lookAgain(observers, records, clock);
    await settled([...observers.values()], clock, signal);
  }
  return { trafficFromMs: beganMs, trafficMs, drainMs };
}

function trafficText({ recorder }: Stage, sinceMs: number, forMs: number): string {
  const seconds = (ms: number): number => Math.round(ms / 1_000);
  return [
    `${seconds(Math.min(sinceMs, forMs))} of ${seconds(forMs)} s`,
    `${recorder.count('submit')} submits`,
    `${recorder.count('malformed')} malformed`,
    `${recorder.count('lease')} leases`,
    `${recorder.count('received')} webhook requests`,
  ].join(' · ');
}

interface Calamity extends Pick<Performance, 'chaos' | 'forMs' | 'signal'> {
  readonly harm: AbortController;
}

/** Lets things go wrong while traffic has its time, and resolves when everything is well again. */
async function calamity({ chaos, forMs, harm, signal }: Calamity): Promise<void> {
  if (chaos === null) {
    await pause(forMs, signal);
    return;
  }
  const over = AbortSignal.any([harm.signal, signal]);
  setMaxListeners(0, over);
  const suffering = chaos.run(over);
  const timeUp = pause(forMs, over);
  const ends = {
    'with time': timeUp,
    'with chaos': Promise.race([timeUp, suffering]),
    'with both': allOrFirstError([timeUp, suffering]),
  };
  await ends[chaos.trafficEnds];
  harm.abort();
  await suffering;
}
