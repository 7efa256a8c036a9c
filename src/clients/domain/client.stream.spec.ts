import { describe, expect, it } from '@jest/globals';
import { fold } from '../../kernel/decider.js';
import { type ClientEvent } from './client.events.js';
import { clientDecider } from './client.decider.js';
import { clientStream } from './client.stream.js';

const created: ClientEvent = { type: 'ClientCreated', data: { clientId: 'c', name: 'Shop', createdAt: 1 } };
const issued = (keyId: string): ClientEvent => ({
  type: 'KeyIssued',
  data: { clientId: 'c', keyId, name: keyId, scopes: ['client'], hash: keyId, createdAt: 1, expiresAt: null },
});

describe('the stream of a client', () => {
  it('keeps its events under these versions, and refuses in the words of a client once it is gone', () => {
    expect(clientStream).toMatchObject({
      category: 'client',
      versions: { ClientCreated: 1, KeyIssued: 1, KeyRetired: 2, KeyRevoked: 1 },
      whenGone: { kind: 'not-found', code: 'RFA_CLIENT_NOT_FOUND' },
    });
  });

  it('reads when a key retires where that bore another name', () => {
    const metadata = {
      ...{ at: 10, actor: 'test', correlationId: null, causationId: null, traceparent: null },
      ...{ chain: '', schema: 1 },
    };
    const before = { clientId: 'c', keyId: 'k', successorId: 'l', diesAt: 20 };
    expect(clientStream.upcast.KeyRetired?.[1]?.(before, metadata)).toEqual({
      ...{ clientId: 'c', keyId: 'k', successorId: 'l', retiresAt: 20 },
    });
  });

  it('weighs what its keys weigh', () => {
    const weightOf = (...events: ClientEvent[]): number => clientStream.weigh(fold(clientDecider, events));
    expect([weightOf(), weightOf(created), weightOf(created, issued('k'), issued('l'))]).toEqual([16, 200, 1_000]);
  });
});
