import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { type ParkedPlace } from '../../engine/followers/parked-streams.js';
import { type Page } from '../../platform/http/page.js';
import { Cursors } from '../../platform/http/cursors.js';
import { FollowerParkedStreams } from './follower-parked-streams.js';
import { type ParkedStreamAnswer } from './parked-stream.response.js';

export class ListParkedStreams extends Query<Page<ParkedStreamAnswer>> {
  constructor(
    readonly follower: string,
    readonly cursor: string | null,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(ListParkedStreams)
export class ListParkedStreamsHandler implements IQueryHandler<ListParkedStreams> {
  constructor(
    private readonly streams: FollowerParkedStreams,
    private readonly cursors: Cursors,
  ) {}

  async execute({ follower, cursor, limit }: ListParkedStreams): Promise<Page<ParkedStreamAnswer>> {
    const scope = ['parked-streams', follower];
    const after = cursor === null ? null : placeFrom(this.cursors.read(scope, cursor));
    const { items, next } = await this.streams.page(follower, after, limit);
    return { items, next_cursor: next === null ? null : this.cursors.make(scope, placeText(next)) };
  }
}

const placeText = ({ position, stream }: ParkedPlace): string => `${position.toString()} ${stream}`;

function placeFrom(text: string): ParkedPlace {
  const blank = text.indexOf(' ');
  return { position: BigInt(text.slice(0, blank)), stream: text.slice(blank + 1) };
}
