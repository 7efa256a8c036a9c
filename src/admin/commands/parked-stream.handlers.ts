import { handledBy } from '../../engine/commands/handled-by.handlers.js';
import { FollowerParkedStreams } from '../queries/follower-parked-streams.js';
import { ReleaseParkedStream, SkipParkedEvent } from './parked-stream.commands.js';

/** Handlers that record what is decided about parked streams. */
export const parkedStreamHandlers = [
  handledBy(FollowerParkedStreams, ReleaseParkedStream, (streams, { follower, stream, actor, reason }) =>
    streams.decide(follower, stream, { verdict: 'release', actor, verdictReason: reason }),
  ),
  handledBy(FollowerParkedStreams, SkipParkedEvent, (streams, { follower, stream, actor, reason, eventId }) =>
    streams.decide(follower, stream, { verdict: 'skip', actor, verdictReason: reason }, eventId),
  ),
];
