import { every } from '../platform/clock/timer.js';

const onTerminalMs = 500;
const elsewhereMs = 10_000;

/** Shows how far a run is: on a terminal one line that changes, elsewhere a line from time to time. */
export class Progress {
  #text: () => string = () => 'starting';
  readonly #timer;

  constructor(private readonly output: NodeJS.WriteStream = process.stderr) {
    this.#timer = every(output.isTTY ? onTerminalMs : elsewhereMs, () => {
      this.#show(this.#text());
    }).unref();
  }

  /** From now on this is shown. */
  tell(text: () => string): void {
    this.#text = text;
    this.#show(text());
  }

  /** Leaves a line that stays. */
  end(text: string): void {
    this.#timer.cancel();
    this.#show(text);
    if (this.output.isTTY) this.output.write('\n');
  }

  #show(text: string): void {
    this.output.write(this.output.isTTY ? `\r\u001b[2K${text.slice(0, this.output.columns - 1)}` : `${text}\n`);
  }
}
