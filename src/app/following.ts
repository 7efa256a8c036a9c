import { type KnownFollower } from '../admin/queries/follower-report.js';
import { currentEventsOf } from '../engine/commands/upcast.js';
import { type Follower, type FollowerReports } from '../engine/followers/follower.js';
import { Followers } from '../engine/followers/followers.js';
import { type Notifications } from '../engine/followers/notifications.js';
import { projectionFollower } from '../engine/projector/projection-follower.js';
import { type KnownProgress } from '../engine/projector/projection-progress.js';
import { type CommandClass, CommandTypes } from '../engine/sagas/command-types.js';
import { sagaFollower } from '../engine/sagas/saga-follower.js';
import { TimerSignal } from '../engine/timers/timer-signal.js';
import { type Send } from '../engine/timers/fire.js';
import { TimerRunner } from '../engine/timers/timer-runner.js';
import {
  ExpireLease,
  ExpireQueueTime,
  ExpireTotalTime,
  QueueDueJob,
  QueueRetry,
  RecordProgress,
} from '../jobs/domain/job.commands.js';
import { deferral } from '../jobs/sagas/deferral.saga.js';
import { leaseExpiry } from '../jobs/sagas/lease-expiry.saga.js';
import { retry } from '../jobs/sagas/retry.saga.js';
import { waitingLimits } from '../jobs/sagas/waiting-limits.saga.js';
import { deliverEvents, deliverEventsScope } from '../webhooks/following/deliver-events.follower.js';
import { DeliverySignal } from '../webhooks/sending/delivery-signal.js';
import { type Saga } from '../kernel/saga.js';
import { type SharedLoop } from '../platform/async/shared-loop.js';
import { type Clock } from '../platform/clock/clock.js';
import { type Log } from '../platform/observability/log.js';
import { type Metrics } from '../platform/observability/metrics.js';
import { eventSchemas } from './event-schemas.js';
import { projections } from './read-models.js';
import { type Storage } from './storage.js';
import { CancelOccurrence, SubmitOccurrence } from '../schedules/domain/occurrence.commands.js';
import { FreeUnusedName } from '../schedules/domain/schedule-name.commands.js';
import { FireDue, RecordOccurrenceEnded } from '../schedules/domain/schedule.commands.js';
import { endedOccurrences } from '../schedules/sagas/ended-occurrences.saga.js';
import { firedOccurrences } from '../schedules/sagas/fired-occurrences.saga.js';
import { scheduleNames } from '../schedules/sagas/schedule-names.saga.js';
import { scheduleTicks } from '../schedules/sagas/schedule-ticks.saga.js';

/** Every process that follows the log and acts. */
export const sagas: readonly Saga[] = [
  deferral,
  leaseExpiry,
  retry,
  waitingLimits,
  scheduleTicks,
  firedOccurrences,
  endedOccurrences,
  scheduleNames,
];

/** Categories of the streams that ForgeRun writes. */
export const categories: ReadonlySet<string> = new Set(eventSchemas.map(({ category }) => category));

/** All of them, as this release knows them. */
export const knownFollowers: readonly KnownFollower[] = [
  ...projections.map(({ name, version }) => ({ name, version, kind: 'projection' as const })),
  ...sagas.map(({ name }) => ({ name, version: 1, kind: 'saga' as const })),
  { name: deliverEventsScope.name, version: deliverEventsScope.version, kind: 'saga' },
];

/** The commands that may lie in the timer table. */
export const timerCommands: readonly CommandClass[] = [
  ExpireLease,
  ExpireQueueTime,
  ExpireTotalTime,
  QueueDueJob,
  QueueRetry,
  RecordProgress,
  FireDue,
  SubmitOccurrence,
  CancelOccurrence,
  RecordOccurrenceEnded,
  FreeUnusedName,
];

export const commandTypes = new CommandTypes(timerCommands);

export interface FollowingParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly progress: KnownProgress;
  readonly notifications: Notifications;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly loop: SharedLoop;
}

/** The followers of the roles asked for; null when none of them follows the log. */
export function followersFor(
  roles: { readonly projector: boolean; readonly saga: boolean },
  { storage, clock, progress, notifications, log, metrics }: FollowingParts,
): {
  readonly followers: Followers;
  readonly timerSignal: TimerSignal;
  readonly deliverySignal: DeliverySignal;
} | null {
  const timerSignal = new TimerSignal();
  timerSignal.listen(notifications);
  const deliverySignal = new DeliverySignal();
  deliverySignal.listen(notifications);
  const chosen: Follower[] = [];
  if (roles.projector) for (const each of projections) chosen.push(projectionFollower(each, { progress }));
  if (roles.saga)
    for (const each of sagas) chosen.push(sagaFollower(each, { types: commandTypes, clock, timerSignal }));
  if (roles.saga) chosen.push(deliverEvents(storage.webhooks, deliverySignal));
  if (chosen.length === 0) return null;
  for (const { name } of chosen) metrics.add('follower_failures_total', { follower: name }, 0);
  const followers = new Followers(chosen, {
    store: storage.store,
    pool: storage.followers,
    current: currentEventsOf(eventSchemas),
    session: storage.session('election'),
    firesTimers: roles.saga,
    reports: reportsTo(log, metrics),
  });
  return { followers, timerSignal, deliverySignal };
}

export function timerRunnerFor(timerSignal: TimerSignal, send: Send, parts: FollowingParts): TimerRunner {
  const { log, metrics } = parts;
  return new TimerRunner({
    pool: parts.storage.timers,
    clock: parts.clock,
    loop: parts.loop,
    send,
    types: commandTypes,
    timerSignal,
    reports: {
      refused: (timer, refusal) => {
        log.info({ action: 'timer_refused', timer_id: timer.timerId, error_code: refusal.code });
      },
      failed: (timer, error, stuck) => {
        metrics.add('timer_failures_total');
        const line = { action: 'timer_failed', timer_id: timer.timerId, error_message: error.message };
        if (stuck) log.error(line);
        else log.warn(line);
      },
      interrupted: (error) => {
        log.warn({ action: 'timers_interrupted', error_message: error.message });
      },
    },
  });
}

const reportsTo = (log: Log, metrics: Metrics): FollowerReports => ({
  parked: ({ follower, stream, eventId, reason }) => {
    log.error({ action: 'stream_parked', follower, stream, event_id: eventId, error_message: reason });
  },
  stopped: (follower, error) => {
    log.error({ action: 'follower_stopped', follower, error_message: error.message });
  },
  unparked: ({ follower, stream, eventId }, { verdict, actor }) => {
    log.warn({ action: 'stream_unparked', follower, stream, event_id: eventId, verdict, actor });
  },
  failed: (follower, error) => {
    metrics.add('follower_failures_total', { follower });
    log.warn({ action: 'follower_failed', follower, error_message: error.message });
  },
  resubscribed: (follower, reason) => {
    log.warn({ action: 'follower_resubscribed', follower, reason });
  },
  superseded: (follower) => {
    log.warn({ action: 'follower_superseded', follower });
  },
});
