import { FollowerWatch } from '../../engine/followers/follower-watch.js';
import { AdoptionWatch } from '../../engine/installation/adoption-watch.js';
import { knownFollowers } from '../following.js';
import { type Storage } from '../storage.js';
import { type Starting } from './starting.js';

export interface Watches {
  readonly followers: FollowerWatch;
  /** Resolves with a sentence when another database has adopted the log. */
  readonly adopted: Promise<string>;
}

/** Starts to look at what other processes do: with the followers, and with the log. */
export function startWatches({ log, shutdown }: Starting, storage: Storage): Watches {
  const followers = new FollowerWatch({
    names: knownFollowers.map(({ name }) => name),
    pool: storage.health,
    store: storage.store,
    failed: (error) => {
      log.debug({ action: 'followers_not_seen', error_message: error.message });
    },
  });
  followers.start();
  shutdown.add('follower watch', () => followers.stop());

  const adopted = new Promise<string>((resolve) => {
    const adoption = new AdoptionWatch(storage.store, storage.installation, {
      adopted: resolve,
      failed: (error) => {
        log.debug({ action: 'adoption_not_looked_for', err: error });
      },
    });
    adoption.start();
    shutdown.add('adoption watch', () => adoption.stop());
  });
  return { followers, adopted };
}
