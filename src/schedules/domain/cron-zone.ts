const zonePrefix = /^\s*(?:CRON_)?TZ=(\S*)\s*/;

/** The zone that a cron expression names itself, in front of its fields, as a crontab does; null when it names none. */
export const zoneNamedIn = (cron: string): string | null => zonePrefix.exec(cron)?.[1] ?? null;

/** A cron expression without the zone in front of it. */
export const withoutZone = (cron: string): string => cron.replace(zonePrefix, '');
