import { type Api } from './api.js';

export interface StreamedMessage {
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event stream as a stranger reads it: message by message, comments counted. */
export class EventStream {
  readonly comments: string[] = [];
  #rest = '';
  readonly #ready: StreamedMessage[] = [];

  private constructor(
    readonly response: Response,
    private readonly reader: ReadableStreamDefaultReader<Uint8Array>,
    private readonly abort: AbortController,
  ) {}

  static async open(api: Api, path: string, headers: Readonly<Record<string, string>> = {}): Promise<EventStream> {
    const abort = new AbortController();
    const response = await fetch(`${api.url}${path}`, {
      headers: { authorization: `Bearer ${String(api.key)}`, accept: 'text/event-stream', ...headers },
      signal: abort.signal,
    });
    if (response.body === null) throw new Error('a stream was asked for and nothing came');
    return new EventStream(response, response.body.getReader(), abort);
  }

  /** The next message; null when the stream has ended. */
  async next(): Promise<StreamedMessage | null> {
    const decoder = new TextDecoder();
    for (;;) {
      const first = this.#ready.shift();
      if (first !== undefined) return first;
      const { done, value } = await this.reader.read();
      if (done) return null;
      const blocks = (this.#rest + decoder.decode(value, { stream: true })).split('\n\n');
      this.#rest = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block.split('\n'));
    }
  }

  async some(count: number): Promise<readonly StreamedMessage[]> {
    const messages: StreamedMessage[] = [];
    while (messages.length < count) {
      const message = await this.next();
      if (message === null) throw new Error(`the stream ended after ${messages.length} messages`);
      messages.push(message);
    }
    return messages;
  }

  close(): void {
    this.abort.abort();
  }

  #take(lines: readonly string[]): void {
    const of = (field: string): string[] =>
      lines.filter((line) => line.startsWith(`${field}: `)).map((line) => line.slice(field.length + 2));
    this.comments.push(...lines.filter((line) => line.startsWith(':')));
    const [id] = of('id');
    if (id !== undefined)
      this.#ready.push({ id, data: JSON.parse(of('data').join('\n')) as Readonly<Record<string, unknown>> });
  }
}
