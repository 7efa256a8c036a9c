declare const jsonText: unique symbol;

/**
 * One JSON value as the text it arrived in (RFC 8259). Payloads and results travel like this unread, so
 * that not one digit of a number and not one key's place changes on the way.
 */
export type JsonText = string & { readonly [jsonText]: true };

/** Declares that a text is known to hold exactly one well-formed JSON value. */
export const asJsonText = (text: string): JsonText => text as JsonText;
