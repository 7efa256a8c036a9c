import { createServer, type IncomingMessage, type Server } from 'node:http';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

/** What this program wants to know of an event. */
export interface JobEvent {
  readonly id: string;
  readonly type: string;
  readonly subject?: string;
  readonly sequence?: string;
  readonly data: { readonly state?: string; readonly event?: Readonly<Record<string, unknown>> };
}

/** Where ids that were handled are kept; a table with a unique key, in earnest. */
export interface HandledIds {
  has(id: string): Promise<boolean>;
  add(id: string): Promise<void>;
}

/** Receives webhooks of ForgeRun. `handle` may run again for an event it failed on, and for none it finished. */
export function webhookReceiver(
  secret: string,
  handled: HandledIds,
  handle: (event: JobEvent) => Promise<void>,
): Server {
  const webhook = new Webhook(secret);
  return createServer((request, response) => {
    const answer = (status: number): void => {
      response.writeHead(status).end();
    };
    receive(request).then(answer, () => {
      answer(500);
    });
  });

  async function receive(request: IncomingMessage): Promise<number> {
    const body = await textOf(request);
    try {
      // The bytes as they came: what is parsed and written again has another signature.
      webhook.verify(body, request.headers as Record<string, string>);
    } catch (error) {
      if (error instanceof WebhookVerificationError) return 401;
      throw error;
    }
    const event = JSON.parse(body) as JobEvent;
    if (!(await handled.has(event.id))) {
      await handle(event);
      await handled.add(event.id);
    }
    return 204;
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
