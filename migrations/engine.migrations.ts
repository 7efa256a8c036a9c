import { type MigrationInterface } from 'typeorm';
import { Followers1767225600001 } from './engine/0001-followers.js';
import { Jobs1767225600002 } from './engine/0002-jobs.js';
import { Clients1767225600003 } from './engine/0003-clients.js';
import { QueuePauses1767225600004 } from './engine/0004-queue-pauses.js';
import { History1767225600005 } from './engine/0005-history.js';
import { Schedules1767225600006 } from './engine/0006-schedules.js';
import { Webhooks1767225600007 } from './engine/0007-webhooks.js';
import { QueueLimits1767225600008 } from './engine/0008-queue-limits.js';
import { HistoryStorage1767225600009 } from './engine/0009-history-storage.js';
import { Leadership1767225600010 } from './engine/0010-leadership.js';
import { ReadyJobsWait1767225600011 } from './engine/0011-ready-jobs-wait.js';
import { HeartbeatReceivers1767225600012 } from './engine/0012-heartbeat-receivers.js';
import { MissedTicksDelivered1767225600013 } from './engine/0013-missed-ticks-delivered.js';
import { Sweeps1767225600014 } from './engine/0014-sweeps.js';
import { Installation1767225600015 } from './engine/0015-installation.js';
import { ReplaysNameTheirCause1767225600016 } from './engine/0016-replays-name-their-cause.js';
import { ParkedByClient1767225600017 } from './engine/0017-parked-by-client.js';
import { ClientFeeds1767225600019 } from './engine/0019-client-feeds.js';
import { SharesByClient1767225600020 } from './engine/0020-shares-by-client.js';
import { TimersOfClients1767225600021 } from './engine/0021-timers-of-clients.js';
import { LeasesSayWhoGrantedThem1767225600022 } from './engine/0022-leases-say-who-granted-them.js';
import { SealingKeys1767225600023 } from './engine/0023-sealing-keys.js';
import { InstallationRevision1767225600024 } from './engine/0024-installation-revision.js';
import { RecentPolls1767225600025 } from './engine/0025-recent-polls.js';
import { FanOuts1767225600026 } from './engine/0026-fan-outs.js';
import { TimersSayTheirSchema1767225600027 } from './engine/0027-timers-say-their-schema.js';
import { Names1767225600028 } from './engine/0028-names.js';
import { ParkedDecisions1767225600029 } from './engine/0029-parked-decisions.js';
import { DecisionsThatStand1767225600030 } from './engine/0030-decisions-that-stand.js';
import { DeliveriesNameTheirCause1767225600031 } from './engine/0031-deliveries-name-their-cause.js';
import { DeliveriesSayHowFarTheyAre1767225600032 } from './engine/0032-deliveries-say-how-far-they-are.js';
import { EventsThatAWebhookMissed1767225600033 } from './engine/0033-events-that-a-webhook-missed.js';

export const engineMigrations: readonly (new () => MigrationInterface)[] = [
  Followers1767225600001,
  Jobs1767225600002,
  Clients1767225600003,
  QueuePauses1767225600004,
  History1767225600005,
  Schedules1767225600006,
  Webhooks1767225600007,
  QueueLimits1767225600008,
  HistoryStorage1767225600009,
  Leadership1767225600010,
  ReadyJobsWait1767225600011,
  HeartbeatReceivers1767225600012,
  MissedTicksDelivered1767225600013,
  Sweeps1767225600014,
  Installation1767225600015,
  ReplaysNameTheirCause1767225600016,
  ParkedByClient1767225600017,
  ClientFeeds1767225600019,
  SharesByClient1767225600020,
  TimersOfClients1767225600021,
  LeasesSayWhoGrantedThem1767225600022,
  SealingKeys1767225600023,
  InstallationRevision1767225600024,
  RecentPolls1767225600025,
  FanOuts1767225600026,
  TimersSayTheirSchema1767225600027,
  Names1767225600028,
  ParkedDecisions1767225600029,
  DecisionsThatStand1767225600030,
  DeliveriesNameTheirCause1767225600031,
  DeliveriesSayHowFarTheyAre1767225600032,
  EventsThatAWebhookMissed1767225600033,
];
