/** An instant of an answer, in ms since the epoch; null where it has none. */
export const instantOf = (text: string | null | undefined): number | null =>
  text === null || text === undefined ? null : Date.parse(text);
