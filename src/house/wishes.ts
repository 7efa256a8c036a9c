import type pg from 'pg';
import type { Followers } from '../engine/followers/followers.js';
import type { Notifications } from '../engine/followers/notifications.js';
import type { KnownProgress } from '../engine/projector/projection-progress.js';

const channel = 'forgerun_wishes';

export interface WishParts {
  readonly progress: KnownProgress;
  readonly notifications: Notifications;
  readonly pool: pg.Pool;
  readonly onError: (error: Error) => void;
}

/** Hears, from this process and others, which projection somebody waits for. Before `notifications` start. */
export function hearWishes({ progress, notifications }: WishParts, followers: Followers): () => void {
  notifications.on(channel, (name) => {
    followers.hurry(name);
  });
  const own = progress.wishes().subscribe((name) => {
    followers.hurry(name);
  });
  return () => {
    own.unsubscribe();
  };
}

/** Tells the process that projects what somebody here waits for. Without an answer the wait is as long as a batch gathers. */
export function tellWishes({ progress, pool, onError }: WishParts): () => void {
  const own = progress.wishes().subscribe((name) => {
    pool.query('select pg_notify($1, $2)', [channel, name]).catch((error: unknown) => {
      onError(error instanceof Error ? error : new Error(String(error)));
    });
  });
  return () => {
    own.unsubscribe();
  };
}
