import { type AppendResult, type EventStoreDBClient } from '@eventstore/db-client';
import { type AppendParts, type BatchAppendCall, type OneAppend, sendAppends } from './append-call.js';
import { asError } from '../../../platform/async/as-error.js';

interface Channel {
  readonly internalChannel: { readonly options: Record<string, unknown> };
  close(): void;
}

interface Calls {
  batchAppend(...options: readonly unknown[]): BatchAppendCall;
}

/** Parts of the client that its types keep to itself; a spec holds each of them to what is relied on here. */
interface ClientInside {
  supports: (...asked: readonly unknown[]) => Promise<boolean>;
  createChannel: () => Promise<Channel>;
  /** Makes calls on the connection, and looks for another server when they fail for want of a leader. */
  execute: <Answer>(of: unknown, name: string, call: (calls: Calls) => Promise<Answer>) => Promise<Answer>;
  callArguments: (options: { readonly requiresLeader?: boolean; readonly deadline: number }) => readonly unknown[];
  handleError: (...failed: readonly unknown[]) => Promise<void>;
}

/** One client and its connection, with the client's sharp edges taken off. */
export interface Connection {
  readonly client: EventStoreDBClient;
  /**
   * Each is stored whole or not at all, however the call ends, and after those before it; `deadlineMs`: how long all of them
   * may take. A rejection is that of one append.
   */
  append(appends: readonly OneAppend[], deadlineMs: number): readonly Promise<AppendResult>[];
  /** Ends every call and the connection itself, which the client's own `dispose` leaves open. */
  close(): Promise<void>;
}

interface ConnectOptions {
  readonly onError: (error: Error) => void;
  /**
   * Clients share a connection to a server when all their settings are the same; different numbers keep them apart.
   * A server allows 100 calls on a connection, and every subscription is a call that does not end.
   */
  readonly connectionNumber: number;
}

/** As shipped, the wait between two attempts to connect may grow to two minutes. */
const maxReconnectMs = 1000;

export async function connect(
  connectionString: string,
  { onError, connectionNumber }: ConnectOptions,
): Promise<Connection> {
  // Loading the package costs 160 ms, which a process without EventStoreDB need not pay.
  const { EventStoreDBClient: Client } = await import('@eventstore/db-client');
  const { answer: client, warnings } = withoutConsole(() => Client.connectionString(connectionString));
  for (const warning of warnings) onError(new Error(warning));
  const inside = client as unknown as ClientInside;
  let channel: Channel | null = null;
  let closed = false;

  // Asked of the server in a call without deadline, and not needed: appends are sent by a call of their own.
  inside.supports = () => Promise.resolve(false);
  const { calls, parts } = await appendPartsOf();

  const createChannel = inside.createChannel;
  inside.createChannel = async () => {
    channel = await createChannel();
    channel.internalChannel.options['grpc.max_reconnect_backoff_ms'] = maxReconnectMs + connectionNumber;
    if (closed) channel.close();
    return channel;
  };

  // The client drops this promise; it rejects when a cluster cannot be found while an older stream ends.
  const handleError = inside.handleError;
  inside.handleError = async (...failed) => {
    try {
      await handleError(...failed);
    } catch (error) {
      onError(asError(error));
    }
  };

  return {
    client,
    append(appends, deadlineMs) {
      let answers: readonly Promise<AppendResult>[] = [];
      // The client looks for another server where a call fails; each append has an answer of its own.
      const failure = rejectionOf(
        inside.execute(calls, 'append', async (made) => {
          answers = sendAppends(made.batchAppend(...inside.callArguments({ deadline: deadlineMs })), appends, parts);
          await Promise.all(answers);
        }),
      );
      return appends.map(async (_, n) => {
        const error = await failure;
        const answer = answers[n];
        if (answer === undefined) throw error ?? new Error('the append was not sent');
        return await answer;
      });
    },
    async close() {
      closed = true;
      await client.dispose();
      channel?.close();
    },
  };
}

async function rejectionOf(work: Promise<unknown>): Promise<Error | null> {
  try {
    await work;
    return null;
  } catch (error) {
    return asError(error);
  }
}

async function appendPartsOf(): Promise<{ readonly calls: unknown; readonly parts: AppendParts }> {
  const [
    { default: service },
    { default: streams },
    { default: shared },
    { unpackToCommandError },
    { convertToCommandError },
    { parseUUID },
  ] = await Promise.all([
    import('@eventstore/db-client/generated/streams_grpc_pb.js'),
    import('@eventstore/db-client/generated/streams_pb.js'),
    import('@eventstore/db-client/generated/shared_pb.js'),
    import('@eventstore/db-client/dist/streams/appendToStream/unpackError.js'),
    import('@eventstore/db-client/dist/utils/CommandError.js'),
    import('@eventstore/db-client/dist/utils/grpcUUID.js'),
  ]);
  const parts = {
    streams,
    shared,
    refusalOf: unpackToCommandError,
    failureOf: convertToCommandError,
    idOf: parseUUID,
  };
  return { calls: service.StreamsClient, parts };
}

/**
 * The client prints what it thinks of a connection string, with the whole string and its password underneath. Only the
 * first line of each is passed on.
 */
function withoutConsole<Answer>(work: () => Answer): { readonly answer: Answer; readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  const { warn } = console;
  console.warn = (text: unknown) => warnings.push(String(text).split('\n')[0] ?? '');
  try {
    return { answer: work(), warnings };
  } finally {
    console.warn = warn;
  }
}
