import { describe, expect, it } from '@jest/globals';
import { asJsonText } from '../../kernel/json-text.js';
import { type Command } from '../../kernel/message.js';
import { CancelOccurrence, SubmitOccurrence } from './occurrence.commands.js';
import { FreeName, FreeUnusedName, TakeName } from './schedule-name.commands.js';
import {
  ChangeSchedule,
  CreateSchedule,
  DeclareSchedule,
  DeleteSchedule,
  FireDue,
  PauseSchedule,
  RecordOccurrenceEnded,
  RejectOccurrence,
  RestoreOccurrence,
  ResumeSchedule,
  TriggerSchedule,
} from './schedule.commands.js';
import { type ScheduleRule } from './schedule.events.js';

const rule: ScheduleRule = {
  ...{ name: 'n', cron: '* * * * *', timezone: 'UTC', missed: 'skip', overlap: 'allow', startAt: null, endAt: null },
  job: { asked: asJsonText('{}'), definition: asJsonText('{}'), definitionSchema: 1, payload: null },
};
const outages = [{ from: 1, to: 5 }];

describe('a command to a schedule', () => {
  it.each<[Command, string, number, object | null]>([
    [new CreateSchedule('s', 'c', rule, false, 7), 'CreateSchedule', 1, { nameTakenAt: 7 }],
    [new ChangeSchedule('s', {}, true, 7), 'ChangeSchedule', 2, { paused: true, nameTakenAt: 7 }],
    [new DeclareSchedule('s', 'c', rule, null, 7), 'DeclareSchedule', 1, { paused: null, nameTakenAt: 7 }],
    [new PauseSchedule('s'), 'PauseSchedule', 2, null],
    [new ResumeSchedule('s'), 'ResumeSchedule', 2, null],
    [new DeleteSchedule('s', outages), 'DeleteSchedule', 1, { outages }],
    [new DeleteSchedule('s'), 'DeleteSchedule', 1, null],
    [new TriggerSchedule('s', 'j'), 'TriggerSchedule', 2, null],
    [new FireDue('s', outages), 'FireDue', 1, { outages }],
    [new FireDue('s'), 'FireDue', 1, null],
    [new RejectOccurrence('s', 1, 5, 'j', false, 'queue_full'), 'RejectOccurrence', 1, null],
    [new RestoreOccurrence('s', 1, 5, 'j', null), 'RestoreOccurrence', 1, null],
    [new RecordOccurrenceEnded('s', 'j'), 'RecordOccurrenceEnded', 1, null],
    [new SubmitOccurrence('s', 1, 'j'), 'SubmitOccurrence', 1, null],
    [new CancelOccurrence('j', 5, 's'), 'CancelOccurrence', 2, null],
    [new TakeName('c', 'n', 's'), 'TakeName', 1, null],
    [new FreeName('c', 'n', 's'), 'FreeName', 1, null],
    [new FreeUnusedName('c', 'n', 's'), 'FreeUnusedName', 1, null],
  ])('is kept with what its events do not hold: %j', (command, type, schema, kept) => {
    expect([command.type, command.schema, command.kept]).toEqual([type, schema, kept]);
  });

  it('that a timer was given by an earlier build is understood', () => {
    expect(RecordOccurrenceEnded.formerTypes).toEqual(['NoteOccurrenceEnded']);
    expect(CancelOccurrence.steps.map((step) => step({ jobId: 'j', replacedAt: 5 }))).toEqual([
      { jobId: 'j', replacedAt: 5, scheduleId: null },
    ]);
  });
});
