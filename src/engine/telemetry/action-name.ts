/** `JobAssigned` as the logs and traces call it: `job_assigned`. */
export function actionOf(eventType: string): string {
  let action = known.get(eventType);
  if (action === undefined) {
    action = eventType.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();
    known.set(eventType, action);
  }
  return action;
}

/** As many as there are event types. */
const known = new Map<string, string>();
