import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type Position, type Recorded } from '../../kernel/recorded.js';
import { type JobEvent } from '../domain/job.events.js';
import { type EventAnswer, eventAnswer } from './history.response.js';
import { type EventPlace, ClientEventsTable } from './client-events-table.js';
import { jobStream } from '../domain/job.stream.js';

interface ClientEvent {
  readonly position: Position;
  readonly answer: EventAnswer;
}

export interface ClientEventPage {
  readonly events: readonly ClientEvent[];
  /** Everything up to here is in this page or not asked for. */
  readonly seen: Position;
  readonly hasMore: boolean;
}

/** Events of everything a client owns, in the order of the log. */
export class GetClientEvents extends Query<ClientEventPage> {
  constructor(
    readonly clientId: string,
    readonly after: Position,
    /** Null: all. */
    readonly types: readonly string[] | null,
    readonly limit: number,
  ) {
    super();
  }
}

/** Streams read at once: what a page holds in memory is what they hold. */
const streamsAtOnce = 16;
/** A page also ends when its events add up to this many characters. */
const pageCharacters = 4 * 1024 * 1024;

@QueryHandler(GetClientEvents)
export class GetClientEventsHandler implements IQueryHandler<GetClientEvents> {
  constructor(
    private readonly table: ClientEventsTable,
    private readonly streams: Streams,
  ) {}

  async execute({ clientId, after, types, limit }: GetClientEvents): Promise<ClientEventPage> {
    const { places, seen, hasMore } = await this.table.page(clientId, after, types, limit);
    const events: ClientEvent[] = [];
    let characters = 0;
    for (let at = 0; at < places.length;) {
      const part = partOf(places, at);
      for (const recorded of await this.#read(part)) {
        events.push({ position: recorded.position, answer: eventAnswer(recorded) });
        characters += weightOf(recorded.event);
      }
      at += part.length;
      const last = part.at(-1);
      if (characters > pageCharacters && at < places.length && last !== undefined)
        return { events, seen: last.position, hasMore: true };
    }
    return { events, seen: seen ?? after, hasMore };
  }

  /** What was erased since is not there any more. */
  async #read(places: readonly EventPlace[]): Promise<readonly Recorded<JobEvent>[]> {
    const names = [...new Set(places.map(({ stream }) => stream))];
    const read = await this.streams.readMany(jobStream, names);
    const byStream = new Map(names.map((name, index) => [name, read[index] ?? []]));
    return places.flatMap(
      ({ stream, revision }) => byStream.get(stream)?.find((recorded) => recorded.revision === revision) ?? [],
    );
  }
}

/** As many places as share a bounded number of streams. */
function partOf(places: readonly EventPlace[], from: number): readonly EventPlace[] {
  const streams = new Set<string>();
  let end = from;
  for (; end < places.length; end += 1) {
    const stream = places[end]?.stream ?? '';
    if (!streams.has(stream) && streams.size === streamsAtOnce) break;
    streams.add(stream);
  }
  return places.slice(from, end);
}

const weightOf = ({ data }: JobEvent): number =>
  500 + ('payload' in data ? (data.payload?.length ?? 0) : 0) + ('result' in data ? (data.result?.length ?? 0) : 0);
