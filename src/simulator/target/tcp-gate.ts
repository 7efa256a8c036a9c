import { once } from 'node:events';
import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';
import { after } from '../../platform/clock/timer.js';

/** How a gate treats what passes. */
type Mode = Readonly<{ kind: 'open' } | { kind: 'shut' } | { kind: 'silent' } | { kind: 'slow'; delayMs: number }>;

/** Beyond so much that waits for its delay, the sender waits as well. */
const maxHeldBytes = 1024 * 1024;

/** A place on 127.0.0.1 that passes connections on to a server, and can cut them, slow them down, or let them fall silent. */
export class TcpGate {
  readonly #pairs = new Set<Pair>();
  #mode: Mode = { kind: 'open' };
  #turn = 0;

  private constructor(
    private readonly server: Server,
    private readonly targets: () => readonly NetConnectOpts[],
  ) {
    server.on('connection', (socket) => {
      this.#admit(socket);
    });
  }

  /** Opens one. Each connection goes to the next of the targets that takes it; the list is asked for each time. */
  static async open(targets: () => readonly NetConnectOpts[]): Promise<TcpGate> {
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpGate(server, targets);
  }

  get port(): number {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the gate is closed');
    return address.port;
  }

  /** Ends what is open and takes nothing new. */
  shut(): void {
    this.#mode = { kind: 'shut' };
    this.cut();
  }

  /** Ends what is open; new connections are welcome. */
  cut(): void {
    for (const pair of [...this.#pairs]) pair.destroy();
  }

  /** Passes nothing on, and tells neither side. */
  silence(): void {
    this.#set({ kind: 'silent' });
  }

  slow(delayMs: number): void {
    this.#set({ kind: 'slow', delayMs });
  }

  heal(): void {
    this.#set({ kind: 'open' });
  }

  async close(): Promise<void> {
    this.server.close();
    this.cut();
    await once(this.server, 'close');
  }

  #set(mode: Mode): void {
    this.#mode = mode;
    for (const pair of this.#pairs) pair.treat(mode);
  }

  #admit(near: Socket): void {
    if (this.#mode.kind === 'shut') {
      near.destroy();
      return;
    }
    const all = this.targets();
    this.#turn += 1;
    const inTurn = all.map((_, index) => all[(index + this.#turn) % all.length]).filter((each) => each !== undefined);
    const pair: Pair = new Pair(near, inTurn, () => {
      this.#pairs.delete(pair);
    });
    this.#pairs.add(pair);
    pair.treat(this.#mode);
  }
}

/** A connection that came, and the one that it is passed on by. */
class Pair {
  #far: Socket | null = null;
  #mode: Mode = { kind: 'open' };
  #relays: readonly Relay[] = [];

  constructor(
    private readonly near: Socket,
    private readonly targets: readonly NetConnectOpts[],
    private readonly gone: () => void,
  ) {
    near.on('error', () => {
      this.destroy();
    });
    near.on('close', () => {
      this.destroy();
    });
    near.pause();
  }

  treat(mode: Mode): void {
    this.#mode = mode;
    // Who is silent does not even knock at the other side.
    if (mode.kind !== 'silent' && this.#far === null) this.#knock(0);
    for (const relay of this.#relays) relay.treat(mode);
  }

  destroy(): void {
    this.near.destroy();
    this.#far?.destroy();
    this.gone();
  }

  #knock(index: number): void {
    const target = this.targets[index];
    if (target === undefined) {
      this.destroy();
      return;
    }
    const far = connect(target);
    this.#far = far;
    far.setNoDelay(true);
    const refused = (): void => {
      this.#knock(index + 1);
    };
    far.once('error', refused);
    far.once('connect', () => {
      far.off('error', refused);
      const broken = (): void => {
        this.destroy();
      };
      far.on('error', broken);
      far.on('close', broken);
      if (this.near.destroyed) {
        broken();
        return;
      }
      this.#relays = [new Relay(this.near, far, this.#mode), new Relay(far, this.near, this.#mode)];
    });
  }
}

/** One direction of a connection. What is held back keeps its order. */
class Relay {
  #heldBytes = 0;
  #isStuck = false;
  #lastDueAt = 0;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private mode: Mode,
  ) {
    from.on('data', (bytes: Buffer) => {
      this.#pass(bytes);
    });
    from.on('end', () => {
      to.end();
    });
    to.on('drain', () => {
      this.#isStuck = false;
      this.#flowOrNot();
    });
    this.#flowOrNot();
  }

  treat(mode: Mode): void {
    this.mode = mode;
    this.#flowOrNot();
  }

  #pass(bytes: Buffer): void {
    const now = performance.now();
    const delayMs = this.mode.kind === 'slow' ? this.mode.delayMs : 0;
    if (delayMs === 0 && this.#heldBytes === 0) {
      this.#write(bytes);
      return;
    }
    this.#heldBytes += bytes.length;
    this.#lastDueAt = Math.max(now + delayMs, this.#lastDueAt);
    after(this.#lastDueAt - now, () => {
      this.#heldBytes -= bytes.length;
      this.#write(bytes);
      this.#flowOrNot();
    });
    this.#flowOrNot();
  }

  #write(bytes: Buffer): void {
    if (this.to.destroyed || this.to.write(bytes)) return;
    this.#isStuck = true;
    this.#flowOrNot();
  }

  #flowOrNot(): void {
    const mayFlow = this.mode.kind !== 'silent' && !this.#isStuck && this.#heldBytes < maxHeldBytes;
    if (mayFlow) this.from.resume();
    else this.from.pause();
  }
}
