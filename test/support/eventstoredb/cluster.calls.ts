import { randomUUID } from 'node:crypto';
import { type handleUnaryCall } from '@grpc/grpc-js';
import gossip, { type ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js';
import features, { type SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import shared, { type Empty } from '@eventstore/db-client/generated/shared_pb.js';
import { answer } from './append.calls.js';
import { type ServerState } from './server-state.js';

export interface ClusterMember {
  readonly host: string;
  readonly port: number;
  readonly state: 'leader' | 'follower';
}

const streamsMethods = ['append', 'batchappend', 'read', 'delete', 'tombstone'];

export const supportedMethodsCall =
  (state: ServerState, version: string): handleUnaryCall<Empty, SupportedMethods> =>
  (_call, callback) => {
    answer(callback, async () => {
      state.stats.probes += 1;
      await state.conduct.beforeCall();
      const methods = streamsMethods.map((name) =>
        new features.SupportedMethod()
          .setServiceName('event_store.client.streams.streams')
          .setMethodName(name)
          .setFeaturesList(['stream', 'all']),
      );
      return new features.SupportedMethods().setEventStoreServerVersion(version).setMethodsList(methods);
    });
  };

export const gossipCall =
  (state: ServerState, members: readonly ClusterMember[]): handleUnaryCall<Empty, ClusterInfo> =>
  (_call, callback) => {
    answer(callback, async () => {
      await state.conduct.beforeCall();
      const { LEADER, FOLLOWER } = gossip.MemberInfo.VNodeState;
      return new gossip.ClusterInfo().setMembersList(
        members.map((member) =>
          new gossip.MemberInfo()
            .setInstanceId(new shared.UUID().setString(randomUUID()))
            .setTimeStamp(String(Date.now() * 10_000))
            .setState(member.state === 'leader' ? LEADER : FOLLOWER)
            .setIsAlive(true)
            .setHttpEndPoint(new gossip.EndPoint().setAddress(member.host).setPort(member.port)),
        ),
      );
    });
  };
