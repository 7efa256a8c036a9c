import { askedIn } from '../receivers/target-url.js';
import { definitionDigest } from '../records/definition.js';
import { digestOfValue } from '../records/digest.js';
import { type HistoryEvent, type JudgedMember, judgedMembers, type Received, type WholeEvent } from './history.js';

/** Those that have a few values. */
const repeating: Readonly<Partial<Record<JudgedMember, true>>> = {
  job_type: true,
  work_kind: true,
  queue: true,
  reason: true,
  worker_id: true,
};

/** Texts that come again and again: of each one is kept. A text that was parsed is a new one each time. */
export class Texts {
  readonly #kept = new Map<string, string>();
  readonly #signers = new Map<string, readonly number[]>();

  one(text: string): string {
    const kept = this.#kept.get(text);
    if (kept !== undefined) return kept;
    this.#kept.set(text, text);
    return text;
  }

  /** A list of numbers: there are a few of them. */
  signers(numbers: readonly number[]): readonly number[] {
    const kept = this.#signers.get(numbers.join());
    if (kept === undefined) this.#signers.set(numbers.join(), numbers);
    return kept ?? numbers;
  }
}

/** An event without what nothing is judged by. */
export function slim({ data, ...event }: WholeEvent, texts: Texts): HistoryEvent {
  const members: Record<string, unknown> = {};
  for (const name of judgedMembers)
    if (name in data)
      members[name] = name in repeating && typeof data[name] === 'string' ? texts.one(data[name]) : data[name];
  if (data['job_type'] === 'EMIT_EVENT') {
    const { event_name, data: published } = membersOf(data['payload']);
    members['payload'] = { event_name, dataDigest: digestOfValue(published) };
  }
  Object.assign(members, judgedIn(event.name, data, texts));
  return {
    ...event,
    jobId: texts.one(event.jobId),
    name: texts.one(event.name),
    actor: texts.one(event.actor),
    data: members,
  };
}

/** What is kept of large and of free members. */
function judgedIn(name: string, data: WholeEvent['data'], texts: Texts): HistoryEvent['data'] {
  const isHttp = data['work_kind'] === 'HTTP_REQUEST';
  switch (name) {
    case 'JobCreated': {
      const { url } = membersOf(data['payload']);
      const target = isHttp && typeof url === 'string' ? { target: askedIn(url) } : {};
      return { payloadDigest: digestOfValue(data['payload']), definition: definitionDigest(data), ...target };
    }
    case 'JobSucceeded': {
      const { result } = data;
      const { status, body } = membersOf(result);
      const answered = isHttp ? { answered: texts.one(`${String(status)} ${String(body)}`) } : {};
      return { resultDigest: digestOfValue(result), resultBytes: bytesOf(result), ...answered };
    }
    case 'JobFailed': {
      const { code } = membersOf(data['error']);
      return {
        errorDigest: digestOfValue(data['error']),
        errorCode: typeof code === 'string' ? texts.one(code) : null,
      };
    }
    default:
      return {};
  }
}

const bytesOf = (value: unknown): number =>
  value === null || value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));

/** A request whose texts are those of others, where they are the same. */
export const slimRequest = (request: Received, texts: Texts): Received => ({
  ...request,
  clientId: texts.one(request.clientId),
  receiver: texts.one(request.receiver) as Received['receiver'],
  type: texts.one(request.type),
  state: request.state === null ? null : texts.one(request.state),
  jobId: request.jobId === null ? null : texts.one(request.jobId),
  signedBy: texts.signers(request.signedBy),
});

const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
