import { type Observable, Subject } from 'rxjs';
import { Notifications } from '../../engine/followers/notifications.js';
import { onFlushRequest, requestFlush } from '../../engine/projector/flush-requests.js';
import { ProgressFeed } from '../../engine/projector/progress-feed.js';
import { KnownProgress } from '../../engine/projector/projection-progress.js';
import { readyChannel } from '../../dispatch/ready-jobs.js';
import { type Clock } from '../../platform/clock/clock.js';
import { followersFor, type FollowingParts } from '../following.js';
import { type Storage } from '../storage.js';
import { type Starting } from './starting.js';

/** What is known in this process of how far the log has been followed, here and elsewhere. */
export interface Following {
  readonly parts: FollowingParts;
  readonly progress: KnownProgress;
  /** Null without a role that follows the log. */
  readonly here: ReturnType<typeof followersFor>;
  /** In how many milliseconds a job that was put back can be looked for. */
  readonly putBack: Observable<number>;
}

/** Starts the followers of the roles asked for, and listens to those of other processes. */
export async function startFollowing(starting: Starting, storage: Storage, clock: Clock): Promise<Following> {
  const { log, shutdown, telemetry } = starting;
  const progress = new KnownProgress();
  const failed = (error: Error): void => {
    log.warn({ action: 'notifications_failed', error_message: error.message });
  };
  const notifications = new Notifications(storage.session('notifications'), failed);
  shutdown.add('notifications', () => notifications.stop());
  const feed = new ProgressFeed(storage.followers, notifications, progress, failed);
  shutdown.add('progress feed', () => feed.stop());
  const parts = {
    storage,
    clock,
    progress,
    notifications,
    log,
    metrics: telemetry.metrics,
    loop: starting.loop,
  };
  const here = followersFor({ projector: starting.has('projector'), saga: starting.has('saga') }, parts);
  const flushing = { progress, notifications, pool: storage.api, onError: failed };
  const quiet =
    starting.has('projector') && here !== null ? onFlushRequest(flushing, here.followers) : requestFlush(flushing);
  shutdown.add('flush requests', () => {
    quiet();
    return Promise.resolve();
  });
  const putBack = new Subject<number>();
  notifications.on(readyChannel, (ms) => {
    putBack.next(Number(ms));
  });
  await notifications.start();
  feed.start();
  if (here !== null) {
    await here.followers.start();
    shutdown.add('followers', () => here.followers.stop());
  }
  return { parts, progress, here, putBack };
}
