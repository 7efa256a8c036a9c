import { Calls } from './calls.js';
import { type JobEvent, type Page } from './model.js';

/** Which events of the client's jobs are wanted; all where nothing is said. */
export interface EventFilter {
  /** Names of events, such as `JobSucceeded`. */
  readonly types?: readonly string[];
  /** The first position or instant wanted. */
  readonly from?: string;
}

/** What happens to all jobs of the client, in the order of the log. */
export class Events extends Calls {
  /** Every event there is by now, fetched page by page as it is iterated. */
  list({ types, from }: EventFilter = {}): AsyncGenerator<JobEvent, void> {
    const filter = { types: types?.join(','), from };
    return this.walk((cursor) =>
      this.read<Page<JobEvent>>('/v1/events', cursor === undefined ? filter : { types: filter.types, cursor }),
    );
  }

  /** Every event there is, then every new one as it happens, until the signal fires. Lost connections are resumed. */
  tail(signal: AbortSignal, { types, from }: EventFilter = {}): AsyncGenerator<JobEvent, void> {
    const query = new URLSearchParams();
    if (types !== undefined) query.set('types', types.join(','));
    if (from !== undefined) query.set('from', from);
    return this.follow<JobEvent>(query.size === 0 ? '/v1/events' : `/v1/events?${query.toString()}`, signal);
  }
}
