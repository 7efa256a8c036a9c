import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CannotRun } from '../cannot-run.js';
import { mustBeEngine } from './engine-at.js';

let server: Server;
let answer: { readonly status: number; readonly text: string };
beforeAll(async () => {
  server = createServer((_request, response) => {
    response.writeHead(answer.status).end(answer.text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const asked = async (status: number, text: string): Promise<void> => {
  answer = { status, text };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await mustBeEngine({ url, adminKey: 'k' }, new AbortController().signal);
};

describe('what listens at an address', () => {
  it('is an engine where it answers with its status', async () => {
    await expect(asked(200, '{"version":"1.0.0","followers":[]}')).resolves.toBeUndefined();
  });

  it.each([
    [200, '<html>welcome</html>'],
    [200, '{}'],
    [200, 'null'],
    [404, '<html>not found</html>'],
    [401, '{"error":"who are you"}'],
  ])('is none where it answers with %d and %s', async (status, text) => {
    const refused = asked(status, text);
    await expect(refused).rejects.toThrow(CannotRun);
    await expect(refused).rejects.toThrow(/^what listens at http:\S+ \(--url\) is not ForgeRun: [^\n]+$/);
  });

  it('says itself what is wrong with the key', async () => {
    await expect(asked(401, '{"code":"RFA_AUTH_API_KEY_INVALID","detail":"unknown"}')).rejects.toMatchObject({
      name: 'ForgeRunError',
      code: 'RFA_AUTH_API_KEY_INVALID',
    });
  });
});
