import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { StoreUnavailable } from '../../src/engine/event-store/event-store.port.js';
import { connect } from '../../src/engine/event-store/eventstoredb/connection.js';
import { givenEventStoreDb } from '../support/eventstoredb/given-server.js';
import { startEventStoreDb } from '../support/eventstoredb/server.js';
import { appendTo, collect, newCategory } from './event-store.cases.js';

const given = givenEventStoreDb();

describe('a cluster of EventStoreDB', () => {
  it('is written at the leader that a follower names', async () => {
    const leader = await given.server();
    const follower = await given.server();
    follower.misbehave({ leader: { host: '127.0.0.1', port: leader.port } });
    const store = await given.store(follower.connectionString);
    expect(await appendTo(store, `${newCategory()}-1`, 'no_stream')).toMatchObject({ kind: 'appended' });
    expect([follower.stats.appends, leader.stats.appends]).toEqual([1, 1]);
  });

  it('has its leader looked up by gossip, over whichever member answers', async () => {
    const leader = await given.server();
    const follower = await given.server({
      members: [{ host: '127.0.0.1', port: leader.port, state: 'leader' }],
    });
    const gone = await startEventStoreDb();
    await gone.kill();
    for (const scheme of ['esdb', 'esdb+discover']) {
      const hosts =
        scheme === 'esdb' ? `127.0.0.1:${gone.port},127.0.0.1:${follower.port}` : `127.0.0.1:${follower.port}`;
      const store = await given.store(`${scheme}://${hosts}?tls=false`);
      expect(await appendTo(store, `${newCategory()}-1`, 'no_stream')).toMatchObject({ kind: 'appended' });
    }
    expect([follower.stats.appends, leader.stats.appends]).toEqual([0, 2]);
  });

  it('says that it took nothing when no member can be found, and rejects nowhere else', async () => {
    const server = await startEventStoreDb();
    const other = await startEventStoreDb();
    await other.kill();
    const hosts = `127.0.0.1:${server.port},127.0.0.1:${other.port}`;
    const store = await given.store(`esdb://${hosts}?tls=false&maxDiscoverAttempts=2&discoveryInterval=20`, {
      retryMs: 600,
    });
    const seen = collect(store, { after: null });
    await seen.caughtUp();
    await server.kill();
    // What is open when the cluster goes ends in doubt, and so does what a busy machine has no time to look for a member
    // for; what comes later finds no member to send to.
    for (let refused = 0; refused < 3;) {
      const ended = await appendTo(store, `${newCategory()}-1`, 'no_stream').catch((error: unknown) => error);
      if (ended instanceof StoreUnavailable) refused += 1;
      else expect(ended).toMatchObject({ kind: 'unknown' });
    }
    await seen.stop();
  });

  it('makes no rejection that nobody can catch when it is gone while an older call ends', async () => {
    const gone = await startEventStoreDb();
    await gone.kill();
    const errors: Error[] = [];
    const hosts = `127.0.0.1:${gone.port},127.0.0.1:${gone.port}`;
    const connection = await connect(`esdb://${hosts}?tls=false&maxDiscoverAttempts=2&discoveryInterval=20`, {
      onError: (error) => errors.push(error),
      connectionNumber: 4,
    });
    const { client } = connection;
    const looking = once(client.readAll(), 'end');
    // What the client does, and forgets, when a call on its last connection ends.
    const { handleError } = client as unknown as {
      handleError: (call: object, error: Error) => Promise<void>;
    };
    const olderCall = { getChannel: () => ({}) };
    await handleError(olderCall, Object.assign(new Error('gone'), { code: 14, details: 'gone' }));
    expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining('Failed to discover')]);
    await expect(looking).rejects.toThrow('Failed to discover');
    await connection.close();
  });
});
