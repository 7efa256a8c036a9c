import { type ServerResponse } from 'node:http';
import { sleep } from '../../platform/clock/timer.js';
import { type Answer, type ReceiverName, receivers } from './receivers.js';

/** Answers as each receiver does. */
export class Answers {
  readonly #seen = new Map<ReceiverName, Set<string>>();

  /** What a request will be answered with; null: nothing. */
  statusFor(receiver: ReceiverName, webhookId: string): number | null {
    const answer: Answer = receivers[receiver].answer;
    switch (answer.kind) {
      case 'error':
        return answer.status;
      case 'never':
        return null;
      case 'flapping':
        return this.#isFirstOfNth(receiver, webhookId, answer.everyNth) ? 502 : 204;
      default:
        return answer.kind === 'dripping' ? 200 : 204;
    }
  }

  async give(answer: Answer, status: number | null, response: ServerResponse): Promise<void> {
    if (status === null) return;
    if (answer.kind === 'late') await sleep(answer.afterMs);
    response.writeHead(status);
    if (answer.kind === 'dripping') {
      response.flushHeaders();
      for (let sent = 0; sent < answer.bytes && !response.destroyed; sent += 1) {
        response.write('.');
        await sleep(answer.everyMs);
      }
    }
    response.end();
  }

  #isFirstOfNth(receiver: ReceiverName, webhookId: string, everyNth: number): boolean {
    const seen = this.#seen.get(receiver) ?? new Set<string>();
    this.#seen.set(receiver, seen);
    if (seen.has(webhookId)) return false;
    seen.add(webhookId);
    return seen.size % everyNth === 0;
  }
}
