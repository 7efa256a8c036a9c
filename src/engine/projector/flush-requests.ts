import type pg from 'pg';
import { type Followers } from '../followers/followers.js';
import { type Notifications } from '../followers/notifications.js';
import { type KnownProgress } from './projection-progress.js';
import { asError } from '../../platform/async/as-error.js';

const channel = 'forgerun_flush_requests';

interface FlushRequestParts {
  readonly progress: KnownProgress;
  readonly notifications: Notifications;
  readonly pool: pg.Pool;
  readonly onError: (error: Error) => void;
}

/** Flushes a projection that a caller waits for, in this process or another. Call it before `notifications` start. */
export function onFlushRequest({ progress, notifications }: FlushRequestParts, followers: Followers): () => void {
  notifications.on(channel, (name) => {
    followers.flushForOthers(name);
  });
  const own = progress.flushRequests().subscribe((name) => {
    followers.flushNow(name);
  });
  return () => {
    own.unsubscribe();
  };
}

/**
 * Asks the process that runs a projection to flush it when a caller here waits for it. If the request is lost, the wait
 * is as long as a batch gathers.
 */
export function requestFlush({ progress, pool, onError }: FlushRequestParts): () => void {
  const own = progress.flushRequests().subscribe((name) => {
    pool.query('select pg_notify($1, $2)', [channel, name]).catch((error: unknown) => {
      onError(asError(error));
    });
  });
  return () => {
    own.unsubscribe();
  };
}
