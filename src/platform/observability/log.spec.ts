import { describe, expect, it } from '@jest/globals';
import { type LogFields } from './log-fields.js';
import { logOn } from './log.js';

function written(fields: LogFields, level: 'info' | 'debug' = 'info'): Record<string, unknown> | null {
  const lines: string[] = [];
  const sink = {
    write: (line: string): void => {
      lines.push(line);
    },
  };
  logOn(sink, 'info')[level](fields);
  return lines[0] === undefined ? null : (JSON.parse(lines[0]) as Record<string, unknown>);
}

describe('a log line', () => {
  it('holds only fields of the list, and names those it leaves out', () => {
    const stray = { action: 'x', job_id: 'j1', payload: { secret: 1 }, apiKey: 'k' } as LogFields;
    expect(written(stray)).toMatchObject({ action: 'x', job_id: 'j1', omitted: ['payload', 'apiKey'] });
    expect(JSON.stringify(written(stray))).not.toContain('secret');
  });

  it('masks what looks like a credential, wherever it stands', () => {
    const key = `frk_${'0'.repeat(32)}_${'a'.repeat(49)}`;
    const words = `${key}; Authorization: Bearer abc.def; postgres://u:pw1@h/d; whsec_c2VjcmV0; password=pw2 "token": "pw3"`;
    const line = JSON.stringify(written({ action: 'x', error_message: words, err: new Error(words) }));
    for (const secret of ['aaaa', 'abc.def', 'pw1', 'c2VjcmV0', 'pw2', 'pw3']) expect(line).not.toContain(secret);
    expect(line).toContain('@h/d');
  });

  it('holds of an error its words and its place, not what a driver hung on it', () => {
    const cause = Object.assign(new Error('inner'), { parameters: ['a-parameter'], code: '23505' });
    const error = Object.assign(new Error('outer', { cause }), { detail: 'Key (x)=(a-value) exists', code: '08006' });
    const line = written({ action: 'x', err: error });
    expect(line).toMatchObject({
      err: { message: 'outer', code: '08006', cause: { message: 'inner', code: '23505' } },
    });
    expect(JSON.stringify(line)).not.toMatch(/a-parameter|a-value/);
  });

  it('stays one line, whatever is in it', () => {
    const lines: string[] = [];
    const sink = {
      write: (line: string): void => {
        lines.push(line);
      },
    };
    logOn(sink, 'info').info({ action: 'x', error_message: 'a\n{"action":"forged"}\u001b[31m\u2028' });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.indexOf('\n')).toBe((lines[0]?.length ?? 0) - 1);
    expect(lines[0]).not.toContain('\u001b');
  });

  it('is cut where it would be too long, and is not written below the level', () => {
    const { error_message } = written({ action: 'x', error_message: 'y'.repeat(1_000_000) }) ?? {};
    expect(String(error_message).length).toBeLessThan(2_100);
    expect(written({ action: 'x' }, 'debug')).toBeNull();
  });
});
