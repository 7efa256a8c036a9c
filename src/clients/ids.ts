const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a text can be an id at all; what cannot is never looked for, and so is simply not found. */
export const isId = (text: string): boolean => uuid.test(text);
