/** One message of an event stream. */
interface ServerSentEvent {
  readonly id: string | null;
  readonly data: string;
}

const maxMessageChars = 4_194_304;

/** Reads a `text/event-stream` answer message by message; comments, which keep the line open, are passed over. */
export async function* serverSentEvents(response: Response): AsyncGenerator<ServerSentEvent, void> {
  if (response.body === null) return;
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of response.body as AsyncIterable<Uint8Array>) {
    const blocks = (rest + decoder.decode(bytes, { stream: true })).split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    if (rest.length > maxMessageChars) throw new RangeError('an event of the stream is too long');
    for (const block of blocks) {
      const message = messageOf(block);
      if (message !== null) yield message;
    }
  }
}

function messageOf(block: string): ServerSentEvent | null {
  const data: string[] = [];
  let id: string | null = null;
  for (const line of block.split(/\r?\n/)) {
    const [, field, value = ''] = /^([^:]+):? ?(.*)$/s.exec(line) ?? [];
    if (field === 'data') data.push(value);
    if (field === 'id') id = value;
  }
  return data.length === 0 ? null : { id, data: data.join('\n') };
}
