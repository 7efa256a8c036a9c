export const queueCategory = 'queue';
