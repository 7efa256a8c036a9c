export const deliveryCategory = 'delivery';

export const deliveryStream = (deliveryId: string): string => `${deliveryCategory}-${deliveryId}`;
