export const scheduleCategory = 'schedule';

/** One stream per name of a client: which schedule holds it. */
export const scheduleNameCategory = 'schedulename';
