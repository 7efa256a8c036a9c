import { handledBy } from '../../engine/commands/handled-by.handlers.js';
import { CreateClient, IssueKey, RenewKey, RevokeKey } from '../domain/client.commands.js';
import { keyOf, newestKeyNamed } from '../domain/client.state.js';
import { ClientDesk } from './client-desk.js';

/** Handlers that only pass commands of clients on. */
export const clientHandlers = [
  handledBy(ClientDesk, CreateClient, (desk, command) => desk.tell(command)),
  handledBy(ClientDesk, RevokeKey, (desk, command) => desk.tell(command)),
  handledBy(ClientDesk, IssueKey, async (desk, command) => {
    const { client, position } = await desk.tell(command);
    const key = newestKeyNamed(client, command.wishes.name);
    return { key, isNew: key.keyId === command.key.keyId, position };
  }),
  handledBy(ClientDesk, RenewKey, async (desk, command) => {
    const { client, position } = await desk.tell(command);
    return { key: keyOf(client, command.successor.keyId), isNew: true, position };
  }),
];
