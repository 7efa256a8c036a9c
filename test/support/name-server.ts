import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** What a name server says about a name: addresses of version 4, nothing at all, that there is no such name, or that it failed. */
export type NameEntry = readonly string[] | 'silent' | 'absent' | 'failed';

/** A name server on a port of its own that knows what a test tells it; a name it was not told of is absent. */
export class NameServer {
  /** Every question for an address of version 4, as it came. */
  readonly asked: string[] = [];
  ttlSeconds = 300;

  private constructor(
    private readonly socket: Socket,
    private readonly entryOf: (name: string) => NameEntry,
  ) {
    socket.on('message', (question, from) => {
      this.#answer(question, from);
    });
  }

  static async open(entryOf: (name: string) => NameEntry, port = 0): Promise<NameServer> {
    const socket = createSocket('udp4');
    socket.bind(port, '127.0.0.1');
    await once(socket, 'listening');
    return new NameServer(socket, entryOf);
  }

  get port(): number {
    return this.socket.address().port;
  }

  /** As a setting names it. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    this.socket.close();
    await once(this.socket, 'close');
  }

  #answer(question: Buffer, from: RemoteInfo): void {
    const { name, type, end } = read(question);
    if (type === 1) this.asked.push(name);
    const entry = this.entryOf(name);
    if (entry === 'silent') return;
    const records = typeof entry === 'string' || type !== 1 ? [] : entry;
    const code = entry === 'absent' ? 3 : entry === 'failed' ? 2 : 0;
    const head = Buffer.from(question.subarray(0, 12));
    head.writeUInt16BE(0x8180 | code, 2);
    head.writeUInt16BE(records.length, 6);
    head.writeUInt32BE(0, 8);
    const asked = question.subarray(12, end);
    this.socket.send(
      Buffer.concat([head, asked, ...records.map((each) => this.#record(each))]),
      from.port,
      from.address,
    );
  }

  #record(address: string): Buffer {
    const record = Buffer.alloc(16);
    // The name is the one that was asked for, which begins at the twelfth byte.
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(1, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(this.ttlSeconds, 6);
    record.writeUInt16BE(4, 10);
    Buffer.from(address.split('.').map(Number)).copy(record, 12);
    return record;
  }
}

function read(question: Buffer): { readonly name: string; readonly type: number; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = question.readUInt8(at); length > 0; length = question.readUInt8(at)) {
    labels.push(question.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: question.readUInt16BE(at + 1), end: at + 5 };
}
