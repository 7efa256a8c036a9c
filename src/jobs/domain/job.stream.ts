export const jobCategory = 'job';

export const jobStream = (jobId: string): string => `${jobCategory}-${jobId}`;
