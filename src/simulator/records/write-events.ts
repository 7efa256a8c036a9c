import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type History } from '../judge/history.js';

/** Leaves the log beside the records, as the judge read it, so that a verdict can be checked when the engine is gone. */
export async function writeEvents(file: string, histories: readonly History[]): Promise<void> {
  await pipeline(Readable.from(linesOf(histories)), createWriteStream(file));
}

function* linesOf(histories: readonly History[]): Generator<string> {
  for (const { clientId, events } of histories)
    for (const event of events) yield `${JSON.stringify({ clientId, ...event })}\n`;
}
