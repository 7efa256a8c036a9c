import { type Descriptions } from '../../platform/http/openapi/descriptions.js';

export const queueDescriptions: Descriptions = {
  'QueuePath.queue': { text: 'The name of the queue, as jobs give it.', example: 'default' },
  'Queue.queue': { text: 'The name, as jobs give it.', example: 'default' },
  'Queue.depth': 'How many jobs are QUEUED in it.',
  'Queue.running': 'How many of its jobs are ASSIGNED or RUNNING.',
  'Queue.oldest_queued_at': 'Since when the longest-waiting job is QUEUED; null where no job waits.',
  'Queue.oldest_age_ms': 'How long the longest-waiting job has been QUEUED, in milliseconds; null where no job waits.',
  'Queue.paused': 'Whether leasing from it is stopped until it is resumed.',
  'Queue.max_running': { text: 'How many of its jobs may run at once; null: no limit.', example: 10 },
  'LimitQueueRequest.max_running': {
    text: 'How many jobs of the queue may run at once; null takes the limit away.',
    example: 10,
  },
  'ListQueuesRequest.limit': { text: 'How many entries a page holds at most.', default: 1000 },
};
