import { parsedUrl } from '../../platform/egress/parsed-url.js';
/** What shares one receiver shares a lane, and with it limits; no lane waits for another. */
export const laneOfWebhook = (webhookId: string): string => webhookId;

export function laneOfCallback(clientId: string, url: string): string {
  const host = parsedUrl(url)?.host ?? '';
  return `callback ${clientId} ${host}`;
}
