export const webhookCategory = 'webhook';

export const webhookStream = (webhookId: string): string => `${webhookCategory}-${webhookId}`;
