/** Where the callbacks of one client's jobs go: each job adds an end of its own. */
export const callbacksPath = (clientIndex: number): string => `/callbacks/${clientIndex}`;

/** What a job of a client names as its callback. */
export const callbackUrl = (receiverUrl: string, clientIndex: number, key: string): string =>
  `${receiverUrl}${callbacksPath(clientIndex)}/${key}`;

/** The path of a request as it is registered, and what a job has added to it; null where no job did. */
export function partsOf(path: string): { readonly registered: string; readonly added: string | null } {
  const [, registered = path, added = null] = /^(\/callbacks\/\d+)\/(.+)$/.exec(path) ?? [];
  return { registered, added };
}
