import { once } from 'node:events';
import net from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import gossipService from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import featuresService from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { appendCall, deleteCall, tombstoneCall } from './append.calls.js';
import { batchAppendCall } from './batch-append.call.js';
import { EventLog, type EventLogOptions } from './event-log.js';
import { type ClusterMember, gossipCall, supportedMethodsCall } from './cluster.calls.js';
import { Conduct, goodBehaviour, type Misbehaviour } from './misbehaviour.js';
import { onlyFor } from './only-for.js';
import { readCall } from './read.call.js';
import { type SelfSigned } from './self-signed.js';
import { type ServerState, type ServerStats } from './server-state.js';

export interface EventStoreDbOptions extends EventLogOptions {
  readonly port?: number;
  readonly maxAppendBytes?: number;
  /** What each append costs besides; in microseconds of CPU. */
  readonly appendCpuUs?: number;
  readonly version?: string;
  readonly mayReadAll?: boolean;
  /** Speaks TLS, and takes calls of this user only. */
  readonly secure?: SelfSigned & { readonly user: string; readonly password: string };
  /** Who is in the cluster; absent: this server alone, as its leader. */
  readonly members?: readonly ClusterMember[];
}

export interface EventStoreDbServer {
  readonly port: number;
  readonly connectionString: string;
  readonly stats: ServerStats;
  readonly log: EventLog;
  misbehave(how: Partial<Misbehaviour>): void;
  behave(): void;
  /** Destroys every connection; new ones are welcome. */
  cut(): void;
  /** Ends calls and connections in order, as on SIGTERM. */
  stop(): Promise<void>;
  /** Gone from one moment to the next, as on SIGKILL. */
  kill(): Promise<void>;
}

/** An EventStoreDB for tests, in this process, on a port of its own: the streams part of the gRPC protocol of 24.x. */
export async function startEventStoreDb(options: EventStoreDbOptions = {}): Promise<EventStoreDbServer> {
  const state: ServerState = {
    log: new EventLog(options),
    conduct: new Conduct(),
    maxAppendBytes: options.maxAppendBytes ?? 1024 * 1024,
    appendCpuUs: options.appendCpuUs ?? 0,
    mayReadAll: options.mayReadAll ?? true,
    stats: {
      appends: 0,
      batchAppends: 0,
      reads: 0,
      probes: 0,
      subscriptionsOpened: 0,
      subscriptionsOpen: 0,
      eventsSent: 0,
      connections: 0,
      connectionsOpen: 0,
    },
  };
  const grpc = new Server({
    'grpc.max_receive_message_length': 64 * 1024 * 1024,
    interceptors: options.secure === undefined ? [] : [onlyFor(options.secure)],
  });
  const sockets = new Set<net.Socket>();
  const injector = grpc.createConnectionInjector(credentialsOf(options));
  const listener = net.createServer((socket) => {
    state.stats.connections += 1;
    state.stats.connectionsOpen += 1;
    sockets.add(socket);
    socket.on('close', () => {
      state.stats.connectionsOpen -= 1;
      sockets.delete(socket);
    });
    socket.on('error', () => socket.destroy());
    injector.injectConnection(socket);
  });
  listener.listen(options.port ?? 0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as net.AddressInfo;
  addServices(grpc, state, port, options);

  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const kill = async (): Promise<void> => {
    const closed = listener.listening ? once(listener, 'close') : Promise.resolve();
    listener.close();
    cut();
    grpc.forceShutdown();
    injector.destroy();
    await closed;
    state.log.close();
  };
  return {
    port,
    connectionString: `esdb://127.0.0.1:${port}${options.secure === undefined ? '?tls=false' : ''}`,
    stats: state.stats,
    log: state.log,
    misbehave(how) {
      state.conduct.now = { ...state.conduct.now, ...how };
    },
    behave() {
      state.conduct.now = goodBehaviour;
    },
    cut,
    kill,
    async stop() {
      injector.drain(50);
      await kill();
    },
  };
}

function credentialsOf({ secure }: EventStoreDbOptions): ServerCredentials {
  if (secure === undefined) return ServerCredentials.createInsecure();
  return ServerCredentials.createSsl(null, [
    { private_key: Buffer.from(secure.key), cert_chain: Buffer.from(secure.cert) },
  ]);
}

function addServices(grpc: Server, state: ServerState, port: number, options: EventStoreDbOptions): void {
  grpc.addService(streamsService.StreamsService, {
    append: appendCall(state),
    batchAppend: batchAppendCall(state),
    read: readCall(state),
    delete: deleteCall(state),
    tombstone: tombstoneCall(state),
  });
  grpc.addService(featuresService.ServerFeaturesService, {
    getSupportedMethods: supportedMethodsCall(state, options.version ?? '24.10.5.0'),
  });
  const alone: ClusterMember = { host: '127.0.0.1', port, state: 'leader' };
  grpc.addService(gossipService.GossipService, { read: gossipCall(state, options.members ?? [alone]) });
}
