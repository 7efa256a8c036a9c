/** What is stamped goes on ahead of a clock that was set back, and nothing that is wanted now waits for that. */
export const atOnce = (stamp: string): string => `least(${stamp}, clock_timestamp())`;
