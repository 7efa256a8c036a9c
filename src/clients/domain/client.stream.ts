export const clientCategory = 'client';

export const clientStream = (clientId: string): string => `${clientCategory}-${clientId}`;
