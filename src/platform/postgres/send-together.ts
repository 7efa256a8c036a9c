import { type ClientBase } from 'pg';

/** What pg keeps of its socket, and does not declare. */
interface Corkable {
  readonly connection?: { readonly stream?: { cork?(): void; uncork?(): void } };
}

/**
 * Queries that are asked within `ask` leave in one packet instead of one each. Only on a pipelined client does the
 * server get them without waiting for the answers in between.
 */
export function sendTogether<Answers>(client: ClientBase, ask: () => Answers): Answers {
  const stream = (client as unknown as Corkable).connection?.stream;
  stream?.cork?.();
  try {
    return ask();
  } finally {
    stream?.uncork?.();
  }
}
