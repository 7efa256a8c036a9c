/** A submit that no engine may take. */
export interface MalformedSubmit {
  readonly weight: number;
  readonly name: string;
  readonly bodyText: string;
}

const tagged = { tags: { simulated: 'malformed' } };
const of = (name: string, body: object): MalformedSubmit => ({
  weight: 1,
  name,
  bodyText: JSON.stringify({ ...tagged, ...body }),
});

/** Faults of every sort: of the text, of the shape, of a value, of the rules between two members. */
export const malformedSubmits: readonly MalformedSubmit[] = [
  { weight: 1, name: 'no JSON', bodyText: '{"type": "EXECUTE", "work_kind": ' },
  { weight: 1, name: 'a list', bodyText: '[1, 2, 3]' },
  { weight: 1, name: 'empty', bodyText: '{}' },
  of('an unknown member', { type: 'EXECUTE', work_kind: 'email.send', colour: 'red' }),
  of('an unknown type', { type: 'PERHAPS', work_kind: 'email.send' }),
  of('no kind', { type: 'EXECUTE' }),
  of('an impossible kind', { type: 'EXECUTE', work_kind: 'Not A Kind' }),
  of('the kind that is refused', { type: 'EXECUTE', work_kind: 'PAYLOAD_INVALID' }),
  of('DEFERRED without its time', { type: 'DEFERRED', work_kind: 'email.send' }),
  of('a time for EXECUTE', { type: 'EXECUTE', work_kind: 'email.send', execution_at: '2999-01-01T00:00:00.000Z' }),
  of('a priority out of range', { type: 'EXECUTE', work_kind: 'email.send', priority: 10 }),
  of('attempts without number', { type: 'EXECUTE', work_kind: 'email.send', retry: { max_attempts: 'many' } }),
  of('too large a payload', { type: 'EXECUTE', work_kind: 'email.send', payload: 'x'.repeat(300_000) }),
];
