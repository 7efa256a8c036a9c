import type { EventStoreDBClient } from '@eventstore/db-client';
import { asError } from './failures.js';

interface Channel {
  readonly internalChannel: { readonly options: Record<string, unknown> };
  close(): void;
}

/** Parts of the client that its types keep to itself; a spec holds each of them to what is relied on here. */
interface ClientInside {
  supports: (...asked: readonly unknown[]) => Promise<boolean>;
  createChannel: () => Promise<Channel>;
  handleError: (...failed: readonly unknown[]) => Promise<void>;
}

/** One client and its connection, with the client's sharp edges taken off. */
export interface Connection {
  readonly client: EventStoreDBClient;
  /** Ends every call and the connection itself, which the client's own `dispose` leaves open. */
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly onError: (error: Error) => void;
  /**
   * Clients share a connection to a server when all their settings are the same; different numbers keep them apart.
   * A server allows 100 calls on a connection, and every subscription is a call that does not end.
   */
  readonly lane: number;
}

/** As shipped, the wait between two attempts to connect may grow to two minutes. */
const longestReconnectMs = 1000;

export async function connect(connectionString: string, { onError, lane }: ConnectOptions): Promise<Connection> {
  // Loading the package costs 160 ms, which a process without EventStoreDB need not pay.
  const { EventStoreDBClient: Client } = await import('@eventstore/db-client');
  const { answer: client, warnings } = withoutConsole(() => Client.connectionString(connectionString));
  for (const warning of warnings) onError(new Error(warning));
  const inside = client as unknown as ClientInside;
  let channel: Channel | null = null;
  let closed = false;

  // Batch appends have no deadline, and rejections that nobody can catch when a connection is lost under load.
  // Without them the client appends one call at a time, and asks the server first for nothing (a call without deadline).
  inside.supports = () => Promise.resolve(false);

  const createChannel = inside.createChannel;
  inside.createChannel = async () => {
    channel = await createChannel();
    channel.internalChannel.options['grpc.max_reconnect_backoff_ms'] = longestReconnectMs + lane;
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
    async close() {
      closed = true;
      await client.dispose();
      channel?.close();
    },
  };
}

/**
 * The client prints what it thinks of a connection string, with the whole string and its password underneath. Only the
 * first line of each is told further.
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
