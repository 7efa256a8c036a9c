import { type Descriptions } from './descriptions.js';

/** Members that mean the same in every part of the API. */
export const sharedDescriptions: Descriptions = {
  items: 'The entries of this page, in the order of the list.',
  limit: { text: 'How many entries a page holds at most.', default: 50 },
  next_cursor: 'Send it as `cursor` to get the next page; null on the last one.',
  cursor: 'The `next_cursor` of the page before; leave it out for the first page.',
  created_at: { text: 'When it was created, by the clock of the database.', example: '2026-01-31T08:00:00.000Z' },
  updated_at: { text: 'When it was last changed, by the clock of the database.', example: '2026-01-31T08:00:05.000Z' },
  client_id: {
    text: 'The UUID of the client (the tenant) that owns this.',
    example: '0198c0de-0000-7000-8000-000000000001',
  },
  deleted: 'Always true: it no longer exists.',
  problem: 'Why this item was refused; absent where it succeeded.',
  Problem: 'Why a call was refused, as RFC 9457 has it.',
  'Problem.type': {
    text: 'A URI under `/problems` that leads to an explanation of the code.',
    example: '/problems/RFA_JOB_NOT_FOUND',
  },
  'Problem.title': { text: 'A short name of the code, the same for every problem with it.', example: 'No such job' },
  'Problem.status': { text: 'The HTTP status of the answer.', example: 404 },
  'Problem.detail': 'A sentence for people: what is wrong with this request.',
  'Problem.instance': 'The request id, the same as in `X-Request-Id`.',
  'Problem.code': { text: 'The stable code for programs to decide by.', example: 'RFA_JOB_NOT_FOUND' },
  'Problem.errors': 'Every fault of the request, each with its place; present where validation failed.',
  'Fault.pointer': { text: 'A JSON pointer to the faulty place of the request.', example: '/priority' },
  'Fault.detail': { text: 'What would be right there.', example: 'must be at most 9' },
  'ProblemKind.code': { text: 'The stable code that problems carry.', example: 'RFA_JOB_NOT_FOUND' },
  'ProblemKind.type': { text: 'The URI under which it is explained.', example: '/problems/RFA_JOB_NOT_FOUND' },
  'ProblemKind.status': 'The HTTP status that it is answered with.',
  'ProblemKind.title': 'A short name of the code.',
  'ProblemKind.means': 'An explanation of what has happened.',
  'ProblemKind.remedy': 'What the caller can do about it.',
  'Home.name': 'Always `ForgeRun`: the program that answers here.',
  'Home.links': 'Paths of this server by what they serve.',
  'path.code': { text: 'An error code, as problems carry it.', example: 'RFA_JOB_NOT_FOUND' },
};
