import { BatchSubmitter } from './actors/batch-submitter.js';
import { registerListeners } from './actors/listeners.js';
import { Holder } from './actors/holder.js';
import { Repeater } from './actors/repeater.js';
import { Rotator } from './actors/rotator.js';
import { Scheduler } from './actors/scheduler.js';
import { type PropertyBoard } from './actors/property-board.js';
import { type Stage } from './actors/stage.js';
import { Submitter } from './actors/submitter.js';
import { Trespasser } from './actors/trespasser.js';
import { type WholeEvent } from './judge/history.js';
import { Observer } from './judge/observer.js';
import { batchPlan } from './plan/batch-plan.js';
import { narrowQueue, ownQueueOf } from './plan/catalog-mix.js';
import { type Profile } from './plan/profiles.js';
import { rankedPlan } from './plan/ranked-plan.js';
import { submitPlan } from './plan/submit-plan.js';
import { type ReceiverServer } from './receivers/receiver-server.js';
import { type Tenant } from './target/tenants.js';
import { LeaseBoard } from './workers/lease-board.js';
import { patient, SimulatedWorker } from './workers/simulated-worker.js';

/** All that acts for one client, and who watches it. */
export interface Cast {
  readonly submitter: Submitter;
  readonly batches: readonly BatchSubmitter[];
  readonly scheduler: Scheduler;
  readonly trespasser: Trespasser;
  readonly repeater: Repeater;
  readonly rotator: Rotator;
  readonly holder: Holder;
  readonly workers: readonly SimulatedWorker[];
  readonly observer: Observer;
}

interface Casting {
  readonly profile: Profile;
  readonly forMs: number;
  readonly stage: Stage;
  readonly board: PropertyBoard;
  readonly server: ReceiverServer;
  readonly keepEvent: (clientId: string, event: WholeEvent) => void;
}

const workersPerClient = 2;

/** Prepares a client: its webhooks, its queue and its schedule stand before its first job comes. */
export async function castFor(
  tenant: Tenant,
  { profile, forMs, stage, board, server, keepEvent }: Casting,
): Promise<Cast> {
  const { webhooks, signings } = await registerListeners(tenant, server);
  await limitQueue(tenant);
  const scheduler = new Scheduler(tenant, stage);
  await scheduler.prepare();
  const { index, clientId } = tenant;
  const [webhook] = webhooks.map(({ webhookId }) => webhookId);
  const [schedule] = scheduler.schedules.map(({ scheduleId }) => scheduleId);
  const kept = { ...(webhook === undefined ? {} : { webhook }), ...(schedule === undefined ? {} : { schedule }) };
  board.post(index, { client: clientId, queue: ownQueueOf(index), ...kept });
  const { seed } = stage;
  const planned = { profile, seed, clientIndex: tenant.index, forMs, targetUrl: server.url };
  const leased = new LeaseBoard();
  const workers = Array.from(
    { length: workersPerClient },
    (_, index) =>
      new SimulatedWorker(tenant, `simulated-${tenant.index}-${index}`, profile.conduct, leased, board, stage),
  );
  const { conduct } = profile;
  workers.push(new SimulatedWorker(tenant, `simulated-${index}-patient`, conduct, leased, board, stage, patient));
  const observer = new Observer(tenant, webhooks, scheduler.schedules, keepEvent);
  const submitter = new Submitter(tenant, submitPlan(planned), board, stage);
  return {
    submitter,
    batches: [batchPlan(planned), rankedPlan(planned)].map((plan) => new BatchSubmitter(tenant, plan, board, stage)),
    scheduler,
    trespasser: new Trespasser(tenant, board, stage),
    repeater: new Repeater(tenant, webhooks, board, stage),
    rotator: new Rotator(tenant, signings, stage),
    holder: new Holder(tenant, submitter, stage),
    workers,
    observer,
  };
}

/** The typed client has no call for it. */
async function limitQueue({ http }: Tenant): Promise<void> {
  const { name, maxRunning } = narrowQueue;
  await http.send({ method: 'POST', path: `/v1/queues/${name}/limit`, bodyText: `{"max_running":${maxRunning}}` });
}
