import { parsedUrl } from '../../platform/egress/parsed-url.js';
/** What shares one receiver shares a lane, and with it limits; no lane waits for another. */
export const laneOfWebhook = (webhookId: string): string => webhookId;

export function laneOfCallback(clientId: string, url: string): string {
  // The dot at the end of a name makes no other receiver of it.
  const host = parsedUrl(url)?.host.replace(/\.(?=:|$)/, '') ?? '';
  return `callback ${clientId} ${host}`;
}
