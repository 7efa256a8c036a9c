/** What generated clients call their functions: one that goes, or is called otherwise, breaks programs. */
export const operationIds: readonly string[] = `
  cancelJob completeJob completeJobs createClient createSchedule createWebhook declareSchedule deleteSchedule
  deleteWebhook explainJob extendLease extendLeases failJob getApiDocument getClient getDocsPage getEngineStatus getHome getJob
  getJobReport getLiveness getMetrics getProblem getQueue getReadiness getReportSummary getSchedule getWebhook issueKey
  leaseJobs limitQueue listCallbackDeliveries listEvents listJobEvents listJobs listKeys listNextTicks listOccurrences
  listParkedStreamDecisions listParkedStreams listProblems listProjections listQueues listSchedules listWebhookDeliveries listWebhooks pauseQueue pauseSchedule
  receiveApplicationEvent receiveJobAssigned receiveJobCanceled receiveJobCreated receiveJobErased receiveJobFailed
  receiveJobProgressed receiveJobQueued receiveJobRetriesExhausted receiveJobRetryScheduled receiveJobStarted
  receiveJobSucceeded receiveScheduleMissed receiveWebhookTest redeliverEvent releaseJob releaseParkedStream renewKey replayEvents
  resumeQueue resumeSchedule retryJob revokeKey rotateCallbackSecret rotateWebhookSecret skipParkedEvent startJob submitJob submitJobs
  testWebhook triggerSchedule updateSchedule updateWebhook
`
  .trim()
  .split(/\s+/);
