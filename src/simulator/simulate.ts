import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PropertyBoard } from './actors/property-board.js';
import { type Stage } from './actors/stage.js';
import { type Cast, castFor } from './cast.js';
import { play } from './play.js';
import { Chaos } from './chaos/chaos.js';
import { canCome } from './chaos/chaos-plan.js';
import { type Profile, profiles } from './plan/profiles.js';
import { type WholeEvent } from './judge/history.js';
import { judgeLog } from './judge/log/judge-log.js';
import { Calm } from './judge/run/calm.js';
import { type Progress } from './progress.js';
import { ReceiverServer } from './receivers/receiver-server.js';
import { digestOfValue } from './records/digest.js';
import { LineFile } from './records/line-file.js';
import { Recorder } from './records/recorder.js';
import { type EndedRecord } from './records/records.js';
import { makeReport } from './report/make-report.js';
import { openReportFolder } from './report/report-folder.js';
import { type Report } from './report/report.js';
import { reportHtml } from './report/report-html.js';
import { RunClock } from './run-clock.js';
import { maxBeyondMs, type RunOptions } from './run-options.js';
import { mustBeEngine } from './target/engine-at.js';
import { programIn } from './target/engine-process.js';
import { Fleet, type FleetOptions } from './target/fleet.js';
import { clearForsakenRuns } from './target/forsaken-runs.js';
import { MachineWatch } from './target/machine-watch.js';
import { MemoryWatch } from './target/memory-watch.js';
import { type EngineAddress, makeTenants } from './target/tenants.js';

/** Sends traffic, waits for its ends, judges what became of it, and leaves a report. The signal ends it early, without one. */
export async function simulate(options: RunOptions, progress: Progress, signal: AbortSignal): Promise<Report> {
  const { reportFolder, engine } = options;
  await openReportFolder(reportFolder);
  if (engine !== null) {
    await mustBeEngine(engine, signal);
    const target = { address: engine, fleet: null, ended: [], memory: null };
    return await simulateOn(target, options, stageFor(options), progress, signal);
  }
  progress.tell(() => 'starting an engine');
  await clearForsakenRuns();
  const stage = stageFor(options);
  const ended: EndedRecord[] = [];
  const own = await startTarget(options, signal, (node, how) => {
    const record: EndedRecord = { kind: 'ended', node, how, atMs: stage.clock.sinceMs() };
    ended.push(record);
    stage.recorder.add(record);
  });
  const memory = new MemoryWatch(own, stage.clock);
  try {
    return await simulateOn({ address: own, fleet: own, ended, memory }, options, stage, progress, signal);
  } finally {
    progress.tell(() => 'stopping the engine');
    await memory.stop();
    await own.stop();
  }
}

/** Several engines where something is to happen to them, one with everything in it otherwise. */
async function startTarget(
  options: RunOptions,
  signal: AbortSignal,
  endedByItself: FleetOptions['endedByItself'],
): Promise<Fleet> {
  const { chaos, storeCommand, engineFrom, reportFolder } = options;
  const isIn = (name: string): boolean => chaos !== null && canCome(chaos, name);
  const [wantsOwnDisk, hasOwnClock] = [isIn('disk-full'), isIn('clock')];
  return await Fleet.start({
    ...{ reportFolder, storeCommand, endedByItself, signal },
    program: engineFrom === null ? null : programIn(engineFrom),
    ...{ isHarmed: chaos !== null, wantsOwnDisk, hasOwnClock },
  });
}

const stageFor = ({ seed, reportFolder }: RunOptions): Stage => ({
  seed,
  clock: new RunClock(),
  recorder: new Recorder(join(reportFolder, 'records.jsonl')),
});

/** What the traffic is sent to, and what is known of it. */
interface Target {
  readonly address: EngineAddress;
  /** Null: it is not for this run to do anything to it. */
  readonly fleet: Fleet | null;
  readonly ended: readonly EndedRecord[];
  readonly memory: MemoryWatch | null;
}

async function simulateOn(
  target: Target,
  options: RunOptions,
  stage: Stage,
  progress: Progress,
  signal: AbortSignal,
): Promise<Report> {
  const { reportFolder } = options;
  const server = await ReceiverServer.open(stage);
  // The log beside the records, as the judge read it, so that a verdict can be checked when the engine is gone.
  const events = new LineFile(join(reportFolder, 'events.jsonl'));
  try {
    const report = await perform({ target, options, stage, server, events, progress, signal });
    await writeFile(join(reportFolder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
    await writeFile(join(reportFolder, 'report.html'), reportHtml(report));
    return report;
  } finally {
    await server.close();
    await events.close();
    await stage.recorder.close();
  }
}

interface Production {
  readonly target: Target;
  readonly options: RunOptions;
  readonly stage: Stage;
  readonly server: ReceiverServer;
  readonly events: LineFile;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

async function perform({ target, options, stage, server, events, progress, signal }: Production): Promise<Report> {
  const { clock, recorder } = stage;
  const { address, fleet, ended, memory } = target;
  const profile: Profile = profiles[options.profile];
  const forMs = options.minutes * 60_000;
  progress.tell(() => 'making clients, webhooks and schedules');
  const tenants = await makeTenants(address, options.clients, signal);
  const planMs = options.chaos === null ? forMs : forMs + maxBeyondMs;
  const casts: Cast[] = [];
  const board = new PropertyBoard();
  const keepEvent = (clientId: string, event: WholeEvent): void => {
    events.add({ clientId, ...withoutTexts(event) });
  };
  const casting = { profile, forMs: planMs, stage, board, server, keepEvent };
  for (const tenant of tenants) casts.push(await castFor(tenant, casting));
  const { chaos: plan, upgradeTo, seed } = options;
  const chaos =
    plan === null || fleet === null ? null : new Chaos({ fleet, plan, upgradeTo, seed, clock, recorder, signal });
  const watch = new MachineWatch(clock);
  const played = await play({ casts, stage, chaos, forMs, progress, signal }).finally(() => {
    watch.stop();
  });
  signal.throwIfAborted();
  const histories = casts.map(({ observer }) => observer.history);
  progress.tell(() => 'reading the log');
  const troubles = { suffered: chaos?.suffered ?? [], ended, lapses: watch.lapses };
  const calm = Calm.amid(clock.beganAt, troubles);
  const onLog = fleet === null ? {} : { onLog: await judgeLog(fleet.log, histories, calm) };
  return makeReport({
    ...played,
    ...onLog,
    options,
    engineUrl: address.url,
    histories,
    noisyClientIds: profile.noisyArrivals === undefined ? [] : tenants.slice(0, 1).map(({ clientId }) => clientId),
    beganAt: clock.beganAt,
    wholeMs: clock.sinceMs(),
    ...troubles,
    unsuffered: chaos?.unsuffered ?? [],
    memory: memory?.samples ?? new Map(),
  });
}

/** Results and payloads are large, and judged by their digests alone. */
function withoutTexts({ data: { result, payload, ...data }, ...event }: WholeEvent): WholeEvent {
  const digests = { ...digestAs('result', result), ...digestAs('payload', payload) };
  return { ...event, data: { ...data, ...digests } };
}

function digestAs(name: string, value: unknown): object {
  const digest = digestOfValue(value);
  return digest === null ? {} : { [`${name}_digest`]: digest };
}
