import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type FailpointName, failpointNames } from '../../src/platform/failpoints/names.js';
import { asError } from '../../src/platform/async/as-error.js';
import { sealingKeyFile } from '../../src/platform/sealing/given-keys.js';
import { Receiver } from '../acceptance/webhooks.fixture.js';
import { Api } from '../support/api.js';
import { type EngineProcess, newDataDir, startEngineProcess } from '../support/engine-process.js';
import { logBeside } from '../support/event-store-under-test.js';
import { faultsIn, type LoggedEvent } from '../support/history-checker.js';
import { logOf } from './engine.fixture.js';
import { LightTraffic } from './failpoints.fixture.js';

const settings = {
  NODE_ENV: 'test',
  FORGERUN_LOG_LEVEL: 'warn',
  FORGERUN_LEASE_MS: '2000',
  FORGERUN_HEARTBEAT_MS: '400',
  FORGERUN_EGRESS_ALLOW: '127.0.0.0/8',
  FORGERUN_WEBHOOK_BACKOFF_BASE_MS: '100',
};

/** Of an engine whose steps fail. */
const maxSeed = 12;
/** How long an engine may live with a failpoint armed that the traffic must lead to, in milliseconds. */
const patienceMs = 120_000;
/**
 * What is armed together, one after the other: what an installation passes once must not be left out because another kill came
 * first, as between the naming of a log and the moment in which its database knows of it.
 */
const stages = {
  birth: /^(cluster|database|migration|installation)\.|^sealing\.key-(made|in-force)$/,
  work: /^(?!stop\.|sealing\.|term\.resigned)/,
  rotation: /^sealing\./,
  stop: /./,
};
type Stage = keyof typeof stages;

let receiver: Receiver;
beforeAll(async () => {
  receiver = await Receiver.open();
});
afterAll(async () => {
  await receiver.close();
});

describe('an engine that is killed at every failpoint', () => {
  // Two installations side by side: a start is work for one core.
  const halves = [0, 1].map((half) => failpointNames.filter((_, n) => n % 2 === half));

  it('loses nothing that it acknowledged, doubles nothing, and passes each of them', async () => {
    await Promise.all(halves.map(killedAtEach));
  }, 900_000);
});

describe('an engine whose steps fail now and then, at any failpoint', () => {
  /** There a failure is of the whole start or stop, or has no code that waits for it. */
  const isOfProcess = /^(cluster|database|migration|installation|sealing|stop)\.|^(answer\.end|claim\.answered)$/;

  it('goes on, loses nothing that it acknowledged, and doubles nothing', async () => {
    const dataDir = await newDataDir();
    const env = { ...settings, ...(await logBeside(dataDir)) };
    const points = failpointNames.filter((name) => !isOfProcess.test(name)).map((name) => `${name}=throw@p0.03`);
    const engine = await startedInTheEnd(dataDir, (seed) => ({
      ...env,
      FORGERUN_FAILPOINTS: [...points, `seed=${seed}`].join(';'),
    }));
    await underTraffic(
      () => engine.api,
      async (traffic, meanwhile) => {
        await meanwhile(within(8_000));
        await endInPeace(engine, traffic, meanwhile);
      },
    );
    expect(engine.stderr()).toContain('"failpoint_fires"');
  }, 400_000);
});

/** A step that a start cannot do without may be the one that fails: then it ends, and is made again, as by a supervisor. */
async function startedInTheEnd(
  dataDir: string,
  armed: (seed: number) => Readonly<Record<string, string>>,
): Promise<EngineProcess> {
  for (let seed = 5; ; seed += 1)
    try {
      return await startEngineProcess({ dataDir, env: armed(seed) });
    } catch (error) {
      const isByFailpoint = /"start_failed","err":\{"type":"FailpointReached"/.test(asError(error).message);
      if (!isByFailpoint || seed === maxSeed) throw error;
    }
}

/** What work comes to; rejects as soon as the traffic does. */
type Meanwhile = <Answer>(work: Promise<Answer>) => Promise<Answer>;

async function underTraffic(
  current: () => Api,
  work: (traffic: LightTraffic, meanwhile: Meanwhile) => Promise<void>,
): Promise<void> {
  const traffic = new LightTraffic(current, receiver);
  const running = traffic.run();
  const failure = running.then(() => new Promise<never>(() => undefined));
  failure.catch(() => undefined);
  try {
    await work(traffic, (each) => Promise.race([failure, each]));
    await running;
  } finally {
    traffic.stop();
  }
}

async function killedAtEach(names: readonly FailpointName[]): Promise<void> {
  const dataDir = await newDataDir();
  const env = { ...settings, ...(await logBeside(dataDir)) };
  let api = new Api('http://127.0.0.1:9', null);
  const left = new Set(names);
  let rotated: Readonly<Record<string, string>> = {};
  await underTraffic(
    () => api,
    async (traffic, meanwhile) => {
      for (const [stage, pattern] of Object.entries(stages) as [Stage, RegExp][]) {
        if (stage === 'rotation') rotated = secondKey(dataDir);
        for (let armed = namesIn(left, pattern); armed.length > 0; armed = namesIn(left, pattern)) {
          const more = { ...rotated, FORGERUN_FAILPOINTS: killAt(armed) };
          const reached = await meanwhile(life({ ...env, ...more }, dataDir, stage, (at) => (api = at)));
          if (reached === null) throw new Error(`nothing leads to ${armed.join(', ')}`);
          left.delete(reached);
        }
      }
      expect([...left]).toEqual([]);
      const engine = await startEngineProcess({ dataDir, env: { ...env, ...rotated } });
      api = engine.api;
      await endInPeace(engine, traffic, meanwhile);
    },
  );
}

/** Lets everything that was asked for come to its end, judges it, and stops the engine. */
async function endInPeace({ api, dataDir, ...engine }: EngineProcess, traffic: LightTraffic, meanwhile: Meanwhile) {
  await meanwhile(traffic.untilComplete());
  await meanwhile(traffic.stopAsking());
  // What was fired last may have its job a moment later.
  let log = await logOf(dataDir);
  for (; firedIn(log).some((id) => !createdIn(log).includes(id)); log = await logOf(dataDir)) await within(200);
  const jobs = new Set([...traffic.submitted, ...createdIn(log)]);
  for (const id of jobs) await meanwhile(api.until(`/v1/jobs/${id}`, hasOutcome));
  await meanwhile(
    receiver.until((all) => {
      const subjects = new Set(all.map(({ event }) => event.subject));
      return [...traffic.completed.values()].every((jobId) => subjects.has(jobId));
    }),
  );
  traffic.stop();
  judge(await logOf(dataDir), traffic);
  for (const key of traffic.revoked) {
    const { status } = await api.as(key).until('/v1/jobs', (answer) => answer.status < 500);
    expect(status).toBe(403);
  }
  engine.kill('SIGTERM');
  expect(await engine.exited).toBe(0);
}

function judge(log: readonly LoggedEvent[], { submitted, completed, revoked }: LightTraffic): void {
  expect(faultsIn(log, { submitted, completed, mustHaveEnded: true })).toEqual([]);
  const isScheduled = ({ data }: LoggedEvent): boolean => typeof data['scheduleId'] === 'string';
  const asked = createdIn(log.filter((each) => !isScheduled(each)));
  expect(asked.sort()).toEqual([...submitted].sort());
  const fired = firedIn(log);
  expect(createdIn(log.filter(isScheduled)).sort()).toEqual(fired.sort());
  expect([completed.size > 0, revoked.length > 0, fired.length > 0]).toEqual([true, true, true]);
}

const namesIn = (left: ReadonlySet<FailpointName>, stage: RegExp): readonly FailpointName[] =>
  [...left].filter((name) => stage.test(name));

/** Of a claim that fails in the end, its leases are taken back. */
const failsAClaim = 'claim.recorded=throw@2';

const killAt = (names: readonly FailpointName[]): string =>
  [...names.map((name) => `${name}=kill`), ...(names.some(isTakingBack) ? [failsAClaim] : [])].join(';');

const isTakingBack = (name: FailpointName): boolean => name === 'lease.withdraw' || name === 'lease.withdrawn';

const secondKey = (dataDir: string): Readonly<Record<string, string>> => ({
  FORGERUN_SEALING_KEY: Buffer.alloc(32, 2).toString('base64'),
  FORGERUN_SEALING_KEY_PREVIOUS: `file:${sealingKeyFile(dataDir)}`,
});

/** Lets an engine live until it is killed, and answers at which failpoint; null: it met none. */
async function life(
  env: Readonly<Record<string, string>>,
  dataDir: string,
  stage: Stage,
  onReady: (api: Api) => void,
): Promise<FailpointName | null> {
  let engine: EngineProcess;
  try {
    engine = await startEngineProcess({ dataDir, env });
  } catch (error) {
    return reachedIn((error as Error).message);
  }
  onReady(engine.api);
  const end = stage === 'stop' ? null : await Promise.race([engine.exited, within(patienceMs)]);
  if (end === null) engine.kill('SIGTERM');
  return (await engine.exited) === 'SIGKILL' ? reachedIn(engine.stderr()) : null;
}

const within = async (ms: number): Promise<null> =>
  new Promise((resolve) => {
    setTimeout(() => {
      resolve(null);
    }, ms).unref();
  });

/** Which failpoint ended an engine, as the last such line of its log says. */
function reachedIn(said: string): FailpointName {
  const lines = [...said.matchAll(/^\{.*"action":"failpoint_fires".*\}$/gm)].map(
    ([line]) => JSON.parse(line) as { readonly failpoint: FailpointName; readonly effect: string },
  );
  const last = lines.at(-1);
  if (last?.effect !== 'kill') throw new Error(`an engine ended by itself:\n${said}`);
  return last.failpoint;
}

const firedIn = (log: readonly LoggedEvent[]): string[] =>
  log.filter(({ type }) => type === 'OccurrenceFired').map(({ data }) => String(data['jobId']));

const createdIn = (log: readonly LoggedEvent[]): string[] =>
  log.filter(({ type }) => type === 'JobCreated').map(({ data }) => String(data['jobId']));

/** A read may fail at a failpoint, too. */
const hasOutcome = ({ status, body }: { readonly status: number; readonly body: Readonly<Record<string, unknown>> }) =>
  status === 200 && body['outcome'] !== null;
