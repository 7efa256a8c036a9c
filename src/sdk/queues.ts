import { Calls, step } from './calls.js';
import { type Page, type Queue } from './model.js';

export class Queues extends Calls {
  /** All of them, whatever the size of a page. */
  async list(): Promise<readonly Queue[]> {
    const queues: Queue[] = [];
    for await (const queue of this.walk((cursor) => this.read<Page<Queue>>('/v1/queues', { cursor })))
      queues.push(queue);
    return queues;
  }

  get(queue: string): Promise<Queue> {
    return this.read<Queue>(`/v1/queues/${step(queue)}`);
  }

  async pause(queue: string): Promise<void> {
    await this.send('POST', `/v1/queues/${step(queue)}/pause`, undefined, true);
  }

  async resume(queue: string): Promise<void> {
    await this.send('POST', `/v1/queues/${step(queue)}/resume`, undefined, true);
  }
}
