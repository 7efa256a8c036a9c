import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a server that can swallow what is sent, without closing anything: a network that went away. */
export interface BlackHole {
  /** The connection string, leading through here. */
  readonly connectionString: string;
  /** Connections that were opened through here, ever. */
  readonly opened: number;
  /** From now on nothing passes on the connections that are open; with `all`, nor on new ones. */
  swallow(which: 'open' | 'all'): void;
  /** New connections pass again. Those that were swallowed stay silent. */
  pass(): void;
  close(): Promise<void>;
}

/** Leads to the Postgres of a connection string, by a Unix socket or by TCP. */
export async function blackHole(connectionString: string): Promise<BlackHole> {
  const url = new URL(
    connectionString.replace(/@([^/]*)/, (_, place: string) => `@${place.replace(/^%2F.*(?=:)/i, 'socket')}`),
  );
  const [, place = ''] = /@([^/]*)/.exec(connectionString) ?? [];
  const [host = '', port = '5432'] = place.split(':');
  const target = decodeURIComponent(host);
  const open = new Set<() => void>();
  const sockets = new Set<Socket>();
  let isDead = false;
  let opened = 0;
  const server = createServer((near) => {
    opened += 1;
    let isSwallowed = isDead;
    open.add(() => (isSwallowed = true));
    const far = target.startsWith('/') ? connect(`${target}/.s.PGSQL.${port}`) : connect(Number(port), target);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => {
        if (!isSwallowed) to.write(bytes);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        // Of a swallowed connection neither side learns that the other is gone.
        if (!isSwallowed) to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the black hole has no port');
  url.hostname = '127.0.0.1';
  url.port = String(address.port);
  return {
    connectionString: url.href,
    get opened() {
      return opened;
    },
    swallow(which) {
      isDead = which === 'all';
      for (const swallow of open) swallow();
      open.clear();
    },
    pass() {
      isDead = false;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
