import type pg from 'pg';
import { type EventMetadata, type Position, type Recorded, type Revision } from '../../../kernel/recorded.js';
import { int4Array, int8Array, textArray, uuidArray } from '../../../platform/postgres/binary-array.js';
import { sendTogether } from '../../../platform/postgres/send-together.js';
import { type AppendOutcome } from '../event-store.port.js';
import { type StreamNames } from '../stream-names.js';
import { appendStatement, appendTurn, explainMismatchStatement } from './append.sql.js';
import { asText } from './event-rows.js';
import { type PendingAppend } from './pending-appends.js';
import { asError } from '../../../platform/async/as-error.js';
import { failpoint } from '../../../platform/failpoints/failpoint.js';

/** What a flush left in the log. */
export interface Flushed {
  readonly outcomes: readonly AppendOutcome[];
  /** The new events in log order, their sizes, and the head before and after them. */
  readonly events: readonly Recorded[];
  readonly sizes: readonly number[];
  readonly base: Position;
  readonly head: Position;
}

type VerdictsRow = [head: string, fits: string, firstRevisions: string];

/** What became of the appends of a flush, one element each, and the log's head afterwards. */
interface Verdicts {
  readonly head: Position;
  readonly fits: readonly boolean[];
  readonly firstRevisions: readonly Revision[];
}

const noStream = -1;
const expectedOf = ({ append }: PendingAppend): number =>
  append.expected === 'no_stream' ? noStream : append.expected;

/** Writes a line of appends with one commit. Throws when the outcome of all of them is not known, or one of them is malformed. */
export async function flushAppends(
  client: pg.ClientBase,
  appends: readonly PendingAppend[],
  names: StreamNames,
  notify: boolean,
): Promise<Flushed> {
  failpoint('append.send');
  const { head, fits, firstRevisions } = await writeAll(client, parameters(appends, names), notify);
  const written = appends.reduce(
    (sum, { append }, index) => sum + (fits[index] === true ? append.events.length : 0),
    0,
  );
  const base = head - BigInt(written);
  const events: Recorded[] = [];
  const sizes: number[] = [];
  const outcomes: AppendOutcome[] = [];
  let position = base;
  let index = -1;
  for (const pending of appends) {
    index += 1;
    const first = firstRevisions[index];
    if (fits[index] !== true || first === undefined) {
      outcomes.push(await mismatch(client, pending, names));
      continue;
    }
    let place = 0;
    for (const { id, event, metadata } of pending.append.events) {
      position += 1n;
      events.push({ id, stream: pending.append.stream, revision: first + place, position, metadata, event });
      sizes.push((pending.data[place]?.length ?? 0) + (pending.metadata[place]?.length ?? 0));
      place += 1;
    }
    outcomes.push({ kind: 'appended', revision: first + pending.append.events.length - 1, position, stored: 'now' });
  }
  return { outcomes, events, sizes, base, head };
}

async function writeAll(client: pg.ClientBase, values: Buffer[], notify: boolean): Promise<Verdicts> {
  // The log is held only while the server works: nothing in between waits for an answer to come here and go back.
  const answers = sendTogether(client, () => ({
    begun: client.query('begin'),
    inTurn: client.query(appendTurn),
    written: client.query<VerdictsRow>({
      name: 'append',
      text: appendStatement,
      values,
      rowMode: 'array',
      types: asText,
    }),
    notified: notify ? client.query('notify forgerun_log') : Promise.resolve(),
    committed: client.query('commit'),
  }));
  const settled = Promise.allSettled(Object.values(answers));
  failpoint('append.sent');
  const results = await settled;
  for (const result of results) if (result.status === 'rejected') throw asError(result.reason);
  failpoint('append.committed');
  const [row] = (await answers.written).rows;
  if (row === undefined) throw new Error('an append was written and its verdicts are missing');
  const [head, fits, firstRevisions] = row;
  return {
    head: BigInt(head),
    fits: elementsOf(fits).map((fit) => fit === 't'),
    firstRevisions: elementsOf(firstRevisions).map(Number),
  };
}

/** Of an array that Postgres wrote as text and that holds neither texts nor nulls. */
const elementsOf = (array: string): string[] => array.slice(1, -1).split(',');

function parameters(appends: readonly PendingAppend[], names: StreamNames): Buffer[] {
  const streams: string[] = [];
  const expected: number[] = [];
  const counts: number[] = [];
  const numbers: number[] = [];
  const eventStreams: string[] = [];
  const places: number[] = [];
  const ids: string[] = [];
  const types: string[] = [];
  const data: string[] = [];
  const metadata: string[] = [];
  let number = 0;
  for (const pending of appends) {
    // Postgres counts array elements from 1.
    number += 1;
    const stream = names.stored(pending.append.stream);
    streams.push(stream);
    expected.push(expectedOf(pending));
    counts.push(pending.append.events.length);
    let place = 0;
    for (const { id, event } of pending.append.events) {
      numbers.push(number);
      places.push(place);
      eventStreams.push(stream);
      ids.push(id);
      types.push(event.type);
      data.push(pending.data[place] ?? '');
      metadata.push(pending.metadata[place] ?? '');
      place += 1;
    }
  }
  return [
    textArray(streams),
    int8Array(expected),
    int4Array(counts),
    int4Array(numbers),
    int4Array(places),
    textArray(eventStreams),
    uuidArray(ids),
    textArray(types),
    textArray(data),
    textArray(metadata),
  ];
}

type MismatchRow = [
  ids: string | null,
  position: string | null,
  last: string | null,
  before: string | null,
  metadata: string | null,
];

/** Distinguishes a repeat of an append that was stored before from a real conflict. */
async function mismatch(client: pg.ClientBase, pending: PendingAppend, names: StreamNames): Promise<AppendOutcome> {
  const { stream, events } = pending.append;
  const { rows } = await client.query<MismatchRow>({
    name: 'explain-mismatch',
    text: explainMismatchStatement,
    values: [names.stored(stream), expectedOf(pending), events.length],
    rowMode: 'array',
    types: asText,
  });
  const [ids, position, last, before, metadata] = rows[0] ?? [null, null, null, null, null];
  const found = elementsOf(ids ?? '{}');
  if (position !== null && found.length === events.length && events.every(({ id }, i) => found[i] === id)) {
    const isSame = (JSON.parse(metadata ?? '{}') as Partial<EventMetadata>).chain === events.at(-1)?.metadata.chain;
    const revision = lastRevisionOf(pending, before);
    return { kind: 'appended', revision, position: BigInt(position), stored: isSame ? 'before' : 'otherwise' };
  }
  return { kind: 'conflict', actual: last === null ? 'no_stream' : Number(last) };
}

function lastRevisionOf({ append }: PendingAppend, before: string | null): Revision {
  const first = append.expected === 'no_stream' ? Number(before ?? 0) : append.expected + 1;
  return first + append.events.length - 1;
}
