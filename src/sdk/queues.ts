import { Calls, step } from './calls.js';
import { type Queue } from './model.js';

export class Queues extends Calls {
  async list(): Promise<readonly Queue[]> {
    return (await this.read<{ items: readonly Queue[] }>('/v1/queues')).items;
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
