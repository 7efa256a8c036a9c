import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JobBoard } from './actors/job-board.js';
import { type Stage } from './actors/stage.js';
import { type Cast, castFor } from './cast.js';
import { play } from './play.js';
import { type Profile, profiles } from './plan/profiles.js';
import { type Progress } from './progress.js';
import { ReceiverServer } from './receivers/receiver-server.js';
import { Recorder } from './records/recorder.js';
import { writeEvents } from './records/write-events.js';
import { makeReport } from './report/make-report.js';
import { type Report } from './report/report.js';
import { reportHtml } from './report/report-html.js';
import { RunClock } from './run-clock.js';
import { type RunOptions } from './run-options.js';
import { startOwnEngine } from './target/own-engine.js';
import { type EngineAddress, makeTenants } from './target/tenants.js';

/** Sends traffic, waits for its ends, judges what became of it, and leaves a report. The signal ends it early, without one. */
export async function simulate(options: RunOptions, progress: Progress, signal: AbortSignal): Promise<Report> {
  const { reportFolder, engine } = options;
  await mkdir(reportFolder, { recursive: true });
  if (engine !== null) return await simulateOn(engine, options, progress, signal);
  progress.tell(() => 'starting an engine');
  const own = await startOwnEngine(join(reportFolder, 'engine.log'));
  try {
    return await simulateOn(own, options, progress, signal);
  } finally {
    progress.tell(() => 'stopping the engine');
    await own.stop();
  }
}

async function simulateOn(
  address: EngineAddress,
  options: RunOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<Report> {
  const { seed, reportFolder } = options;
  const clock = new RunClock();
  const recorder = new Recorder(join(reportFolder, 'records.jsonl'));
  const stage: Stage = { seed, clock, recorder };
  const server = await ReceiverServer.open(stage);
  try {
    const report = await perform({ address, options, stage, server, progress, signal });
    await writeFile(join(reportFolder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
    await writeFile(join(reportFolder, 'report.html'), reportHtml(report));
    return report;
  } finally {
    await server.close();
    await recorder.close();
  }
}

interface Production {
  readonly address: EngineAddress;
  readonly options: RunOptions;
  readonly stage: Stage;
  readonly server: ReceiverServer;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

async function perform({ address, options, stage, server, progress, signal }: Production): Promise<Report> {
  const { clock } = stage;
  const profile: Profile = profiles[options.profile];
  const forMs = options.minutes * 60_000;
  progress.tell(() => 'making clients, webhooks and schedules');
  const tenants = await makeTenants(address, options.clients);
  const casts: Cast[] = [];
  const board = new JobBoard();
  for (const tenant of tenants) casts.push(await castFor(tenant, { profile, forMs, stage, board, server }));
  const played = await play({ casts, stage, forMs, progress, signal });
  signal.throwIfAborted();
  const histories = casts.map(({ observer }) => observer.history);
  await writeEvents(join(options.reportFolder, 'events.jsonl'), histories);
  return makeReport({
    ...played,
    options,
    engineUrl: address.url,
    histories,
    noisyClientIds: profile.noisyArrivals === undefined ? [] : tenants.slice(0, 1).map(({ clientId }) => clientId),
    beganAt: clock.momentMs() - clock.sinceMs(),
    wholeMs: clock.sinceMs(),
  });
}
