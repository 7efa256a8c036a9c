import { ReadySweep } from '../../jobs/leasing/ready-sweep.js';
import { CommandSender } from '../../kernel/command-sender.js';
import { SealAnew } from '../../webhooks/secrets/seal-anew.js';
import { DeliverySender } from '../../webhooks/sending/delivery-sender.js';
import { timerRunnerFor } from '../following.js';
import { troubleWith } from '../readiness.js';
import { type Application } from './open-application.js';
import { type Following } from './start-following.js';
import { type Starting } from './starting.js';

/** Starts what acts without being called: the sweep of a projector, the timers and deliveries of a saga node. */
export function startDuties(
  starting: Starting,
  { context, http, health }: Application,
  { here, parts }: Following,
): void {
  const { config, shutdown } = starting;
  if (starting.has('projector')) {
    const sweep = context.get(ReadySweep, { strict: false });
    sweep.start();
    shutdown.add('sweep of ready jobs', () => sweep.stop());
  }
  if (starting.has('saga') && here !== null) {
    const commands = context.get(CommandSender, { strict: false });
    const timers = timerRunnerFor(here.timerSignal, (command) => commands.send(command), parts);
    timers.start();
    shutdown.add('timers', () => timers.stop());
    const sealAnew = context.get(SealAnew, { strict: false });
    sealAnew.start();
    shutdown.add('sealing anew', () => sealAnew.stop());
    const sender = context.get(DeliverySender, { strict: false });
    sender.start(here.deliverySignal);
    health.add('receivers', () => Promise.resolve(troubleWith(sender.failingReceivers)), 'degraded');
    shutdown.add('deliveries', () => sender.stop(Math.floor(config.shutdownMs * 0.2)));
  }
  shutdown.add('requests', () => {
    http?.beginDrain();
    return Promise.resolve();
  });
}
