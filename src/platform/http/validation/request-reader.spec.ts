import { describe, expect, it } from '@jest/globals';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsEmail,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  IsUrl,
  IsUUID,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { type Fault } from '../../../kernel/refusal.js';
import { ValidationFailed } from '../http.refusals.js';
import { jsonLimits } from '../json/json-limits.js';
import { type RawJson } from '../json/raw-json.js';
import { readJson } from '../json/read-json.js';
import { readerOf } from './request-reader.js';
import {
  FailsAs,
  IsInstantText,
  IsListOf,
  IsNested,
  IsNullable,
  IsQueryBoolean,
  IsQueryInstant,
  IsQueryInt,
  IsQueryList,
  IsRawJson,
  IsStringMap,
} from './request.rules.js';
import { type RequestClass, schemaOf } from './schema.js';

class Retry {
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(25)
  max_attempts = 4;

  @IsOptional()
  @IsIn(['full', 'none'])
  jitter?: string;

  get attempts(): number {
    return this.max_attempts;
  }
}

class Step {
  @IsString()
  @Length(1, 5)
  name!: string;
}

@FailsAs('RFA_JOB_VALIDATION_FAILED')
class Submit {
  @Matches(/^[a-z]+(\.[a-z]+)*$/, { message: 'must be lower-case words joined by dots' })
  @MaxLength(20)
  work_kind!: string;

  @IsOptional()
  @IsRawJson({ maxBytes: 10 })
  payload?: RawJson;

  @IsOptional()
  @IsStringMap({ maxEntries: 2, maxKeyLength: 3, maxValueLength: 4 })
  tags?: Record<string, string>;

  @IsOptional()
  @IsNested(() => Retry)
  retry?: Retry;

  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(2)
  @IsListOf(() => Step)
  steps?: Step[];

  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  @MaxLength(3, { each: true })
  words?: string[];

  @IsOptional()
  @IsInstantText()
  execution_at?: string;

  @IsOptional()
  @IsNullable()
  @IsInstantText()
  end_at?: string | null;

  @IsOptional()
  @IsUrl()
  callback?: string;

  @IsOptional()
  @IsUUID()
  id?: string;

  @IsOptional()
  @IsBoolean()
  force?: boolean;

  @IsOptional()
  @IsNumber()
  percent?: number;

  @IsOptional()
  @IsArray()
  @IsObject({ each: true })
  jobs?: object[];
}

class Listing {
  @IsOptional()
  @IsQueryInt({ min: 1, max: 200 })
  limit = 50;

  @IsOptional()
  @IsQueryInstant()
  created_after?: number;

  @IsOptional()
  @IsQueryBoolean()
  enabled?: boolean;

  @IsOptional()
  @IsQueryList({ maxItems: 3, pattern: /^[a-z.*]+$/ })
  types?: string[];

  @IsOptional()
  @IsString()
  state?: string;
}

const read = (body: unknown): Submit => readerOf(Submit).read(readJson(Buffer.from(JSON.stringify(body)), jsonLimits));
const readQuery = (query: Record<string, unknown>): Listing => readerOf(Listing).readQuery(query);

function refusalOf(act: () => unknown): ValidationFailed {
  try {
    act();
  } catch (error) {
    if (error instanceof ValidationFailed) return error;
    throw error;
  }
  throw new Error('accepted');
}

const faultsOf = (body: unknown): readonly Fault[] => refusalOf(() => read(body)).faults;

describe('a request class', () => {
  it('makes instances of itself and of what it holds', () => {
    const request = read({
      work_kind: 'email.send',
      payload: { a: 1 },
      retry: { max_attempts: 3 },
      steps: [{ name: 'one' }],
      end_at: null,
      tags: { k: 'v' },
    });
    expect(request).toBeInstanceOf(Submit);
    expect(request.retry).toBeInstanceOf(Retry);
    expect(request.retry?.attempts).toBe(3);
    expect(request.steps?.[0]).toBeInstanceOf(Step);
    expect(request.payload?.text).toBe('{"a":1}');
    expect(request.end_at).toBeNull();
    expect(request.callback).toBeUndefined();
    expect(read({ work_kind: 'a', retry: {} }).retry?.attempts).toBe(4);
  });

  it('tells every fault at once, under its own code', () => {
    const body = {
      work_kind: 'Email Send',
      payload: 'much too long',
      tags: { long_key: 'v', k: 'long value', n: 1 },
      retry: { max_attempts: 26, jitter: 'some', extra: true },
      steps: [{ name: '' }, { name: 'ok' }, {}],
      words: ['four', 1],
      execution_at: '2026-02-30T00:00:00Z',
      callback: 'ftp://x',
      id: '1',
      force: 'true',
      percent: '5',
      'a/b': 1,
    };
    const refusal = refusalOf(() => read(body));
    expect(refusal.code).toBe('RFA_JOB_VALIDATION_FAILED');
    const said = Object.fromEntries(refusal.faults.map(({ pointer, detail }) => [pointer, detail]));
    expect(said).toEqual({
      '/work_kind': 'must be lower-case words joined by dots',
      '/payload': 'must be at most 10 bytes of JSON',
      '/tags': 'must hold at most 2 members',
      '/tags/long_key': 'the name must be at most 3 characters long',
      '/tags/k': 'must be at most 4 characters long',
      '/tags/n': 'must be a string',
      '/retry/max_attempts': 'must be at most 25',
      '/retry/jitter': 'must be one of full, none',
      '/retry/extra': 'is not a known field',
      '/steps': 'must hold at most 2 items',
      '/steps/0/name': 'must not be empty',
      '/steps/2/name': 'is required',
      '/words/0': 'must be at most 3 characters long',
      '/words/1': 'must be a string',
      '/execution_at': 'must be an RFC 3339 timestamp, such as 2026-01-31T08:00:00.000Z',
      '/callback': 'must be an http or https URL',
      '/id': 'must be a UUID',
      '/force': 'must be true or false',
      '/percent': 'must be a number',
      '/a~1b': 'is not a known field',
    });
  });

  it('takes null only where it says so, and nothing for something only where that is optional', () => {
    expect(faultsOf({ work_kind: null })).toEqual([
      { pointer: '/work_kind', detail: 'must be a string, not null; leave it out instead' },
    ]);
    expect(faultsOf({ work_kind: 'a', retry: null })).toHaveLength(1);
    expect(faultsOf({})).toEqual([{ pointer: '/work_kind', detail: 'is required' }]);
    expect(refusalOf(() => readerOf(Submit).read(undefined)).faults).toHaveLength(1);
    expect(readerOf(Retry).read(undefined)).toBeInstanceOf(Retry);
  });

  it.each([[null], [[]], ['text'], [1]])('is an object, not %j', (body) => {
    expect(faultsOf(body)[0]).toMatchObject({ pointer: '' });
  });

  it('never changes what was said', () => {
    expect(faultsOf({ work_kind: 'a', force: 1, words: 'x', retry: { max_attempts: '3' } })).toHaveLength(3);
  });

  it.each([
    ['2026-01-31T08:00:00Z', true],
    ['2026-01-31T08:00:00.000123+05:30', true],
    ['2024-02-29T23:59:59Z', true],
    ['2026-02-29T00:00:00Z', false],
    ['2026-13-01T00:00:00Z', false],
    ['2026-04-31T00:00:00Z', false],
    ['2026-01-31T24:00:00Z', false],
    ['2026-01-31T08:00:60Z', false],
    ['2026-01-31T08:00:00+24:00', false],
    ['2026-01-31T08:00:00', false],
    ['2026-01-31', false],
    ['2026-01-31 08:00:00Z', false],
  ])('knows whether %s is a moment', (execution_at, isMoment) => {
    if (isMoment) expect(Date.parse(read({ work_kind: 'a', execution_at }).execution_at ?? '')).not.toBeNaN();
    else expect(faultsOf({ work_kind: 'a', execution_at })).toHaveLength(1);
  });

  it('is one JSON schema, for OpenAPI too', () => {
    expect(schemaOf(Step)).toEqual({
      type: 'object',
      properties: { name: { type: 'string', minLength: 1, maxLength: 5 } },
      required: ['name'],
      additionalProperties: false,
    });
    expect(schemaOf(Submit).properties?.['end_at']).toEqual({ type: ['string', 'null'], format: 'date-time' });
  });

  it('is refused at start when it says what a schema cannot', () => {
    class Mail {
      @IsEmail()
      to!: string;
    }
    class Shapeless {
      @IsOptional()
      anything?: unknown;
    }
    class Flags {
      @Matches(/a/i)
      text!: string;
    }
    const start = (requestClass: RequestClass) => () => readerOf(requestClass);
    expect(start(Mail)).toThrow('Mail.to: @isEmail has no JSON schema');
    expect(start(Shapeless)).toThrow('Shapeless.anything: no decorator says of which type it is');
    expect(start(Flags)).toThrow('Flags.text: the flags of /a/i cannot be said in a JSON schema');
  });
});

describe('a query', () => {
  it('turns texts into what its class holds', () => {
    const query = readQuery({
      limit: '20',
      created_after: '2026-01-31T08:00:00Z',
      enabled: 'false',
      types: ['job.*', 'a,b'],
      state: '5',
    });
    expect(query).toBeInstanceOf(Listing);
    expect(Object.assign({}, query)).toEqual({
      limit: 20,
      created_after: Date.UTC(2026, 0, 31, 8),
      enabled: false,
      types: ['job.*', 'a', 'b'],
      state: '5',
    });
    expect(readQuery({}).limit).toBe(50);
  });

  it('tells every fault at once', () => {
    const { code, faults } = refusalOf(() =>
      readQuery({
        limit: '0',
        created_after: 'now',
        enabled: 'yes',
        types: 'a,b,c,D',
        state: ['a', 'b'],
        page: '1',
      }),
    );
    expect(code).toBe('RFA_REQUEST_MALFORMED');
    expect(Object.fromEntries(faults.map(({ pointer, detail }) => [pointer, detail]))).toEqual({
      '/limit': 'must be at least 1',
      '/created_after': 'must be an RFC 3339 timestamp, such as 2026-01-31T08:00:00.000Z',
      '/enabled': 'must be true or false',
      '/types': 'must hold at most 3 items',
      '/types/3': 'must match ^[a-z.*]+$',
      '/state': 'must be given once',
      '/page': 'is not a known parameter; there are limit, created_after, enabled, types, state',
    });
    expect(refusalOf(() => readQuery({ limit: '1.5' })).faults[0]?.detail).toBe('must be a whole number');
    expect(refusalOf(() => readQuery({ limit: ['1', '2'] })).faults[0]?.detail).toBe('must be given once');
  });
});
