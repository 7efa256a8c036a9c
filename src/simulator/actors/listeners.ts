import { type Registered } from '../judge/history.js';
import { type ReceiverServer } from '../receivers/receiver-server.js';
import { receivers, receiversOf } from '../receivers/receivers.js';
import { type Tenant } from '../target/tenants.js';

/** Registers the receivers of one client, before anything happens that they would miss. */
export async function registerListeners(tenant: Tenant, server: ReceiverServer): Promise<readonly Registered[]> {
  const { index, clientId, client } = tenant;
  const registered: Registered[] = [];
  for (const receiver of receiversOf(index)) {
    const { events, isHealthy } = receivers[receiver];
    let secret = '';
    const url = server.place(index, { clientId, receiver, secret: () => secret });
    const created = await client.webhooks.create({ url, events });
    ({ secret } = created);
    registered.push({ receiver, webhookId: created.webhookId, isHealthy, events });
  }
  await expectCallbacks(tenant, server);
  return registered;
}

/** Jobs name where their callbacks go; what signs them is asked for beforehand. */
async function expectCallbacks({ index, clientId, client }: Tenant, server: ReceiverServer): Promise<void> {
  const { secret } = await client.webhooks.rotateSecret('callbacks');
  server.placeCallbacks(index, { clientId, secret: () => secret });
}
