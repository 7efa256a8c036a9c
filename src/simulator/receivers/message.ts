import { type IncomingMessage } from 'node:http';
import { digestOf, digestOfValue } from '../records/digest.js';
import { type ReceivedRecord } from '../records/records.js';
import { type Secrets } from './secrets.js';

type Message = Pick<
  ReceivedRecord,
  | 'webhookId'
  | 'digest'
  | 'isReplay'
  | 'signedBy'
  | 'stampedOffMs'
  | 'type'
  | 'jobId'
  | 'sequence'
  | 'eventId'
  | 'told'
  | 'state'
>;

/**
 * What a request brought, whatever it is. The moments are when it came, as clocks have it that do not go together while one of them
 * is set.
 */
export async function readMessage(
  request: IncomingMessage,
  secrets: Secrets | null,
  moments: readonly number[],
): Promise<Message> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = Buffer.concat(parts).toString('utf8');
  const header = (name: string): string => String(request.headers[name] ?? '');
  const id = header('webhook-id');
  const signed = { id, timestamp: header('webhook-timestamp'), body, signatures: header('webhook-signature') };
  return {
    webhookId: id,
    digest: digestOf(body),
    isReplay: header('forgerun-replay') === 'true',
    signedBy: secrets?.signersOf(signed) ?? [],
    stampedOffMs: offMs(signed.timestamp, moments),
    ...contentOf(body),
  };
}

function offMs(timestamp: string, moments: readonly number[]): number | null {
  if (!/^\d+$/.test(timestamp)) return null;
  return Math.round(Math.min(...moments.map((moment) => Math.abs(moment - Number(timestamp) * 1_000))));
}

type Content = Omit<Message, 'webhookId' | 'digest' | 'isReplay' | 'signedBy' | 'stampedOffMs'>;

function contentOf(body: string): Content {
  const { type, subject, sequence, data } = membersOf(parsed(body));
  const { event, state } = membersOf(data);
  const { event_id: eventId } = membersOf(event);
  return {
    type: typeof type === 'string' ? type : '',
    jobId: typeof subject === 'string' ? subject : null,
    sequence: typeof sequence === 'string' ? Number(sequence) : null,
    eventId: typeof eventId === 'string' ? eventId : null,
    told: digestOfValue(typeof eventId === 'string' ? event : data),
    state: typeof eventId === 'string' && typeof state === 'string' ? state : null,
  };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    // The judge finds a message about nothing.
    return null;
  }
}

const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
