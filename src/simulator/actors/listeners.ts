import { type Registered } from '../judge/history.js';
import { Secrets } from '../receivers/secrets.js';
import { type ReceiverServer } from '../receivers/receiver-server.js';
import { receivers, receiversOf } from '../receivers/receivers.js';
import { type Tenant } from '../target/tenants.js';
import { type Signing } from './rotator.js';

/** What a client has registered, and what signs the requests to each of its receivers, callbacks included. */
interface Listeners {
  readonly webhooks: readonly Registered[];
  readonly signings: readonly Signing[];
}

/** Registers the receivers of one client, before anything happens that they would miss. */
export async function registerListeners(tenant: Tenant, server: ReceiverServer): Promise<Listeners> {
  const { index, clientId, client } = tenant;
  const webhooks: Registered[] = [];
  const signings: Signing[] = [];
  for (const receiver of receiversOf(index)) {
    const { events, isHealthy } = receivers[receiver];
    let secrets: Secrets | null = null;
    const url = server.place(index, { clientId, receiver, secrets: () => secrets });
    const { webhookId, secret } = await client.webhooks.create({ url, events });
    secrets = new Secrets(secret);
    webhooks.push({ receiver, webhookId, isHealthy, events });
    signings.push({ receiver, id: webhookId, secrets });
  }
  signings.push(await expectCallbacks(tenant, server));
  return { webhooks, signings };
}

/** Jobs name where their callbacks go; what signs them is asked for beforehand. */
async function expectCallbacks({ index, clientId, client }: Tenant, server: ReceiverServer): Promise<Signing> {
  const id = 'callbacks';
  const secrets = new Secrets((await client.webhooks.rotateSecret(id)).secret);
  server.placeCallbacks(index, { clientId, secrets: () => secrets });
  return { receiver: 'callback', id, secrets };
}
