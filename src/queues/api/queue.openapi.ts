import { pageOf } from '../../platform/http/openapi/answer-schemas.js';
import { publishedQueue } from '../queries/queue.response.js';

export const queuePageSchema = pageOf('QueuePage', publishedQueue.schema);
