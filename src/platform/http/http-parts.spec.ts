import { describe, expect, it } from '@jest/globals';
import { accepts, prefersHtml } from './accept.js';
import { traceparentOf } from './cause-of-request.js';
import { Drain } from './drain.js';
import { namesTag } from './entity-tags.js';
import { KnownPaths } from './known-paths.js';
import { answerToStatus } from './problem.js';
import { problems } from './problems.js';

describe('the Accept header', () => {
  it.each([
    [undefined, true],
    ['', true],
    ['text/html, */*;q=0.1', true],
    ['application/*;q=0, application/json', true],
    ['application/problem+json', true],
    ['*/*, application/json;q=0, application/problem+json;q=0.000', false],
    ['text/*', false],
  ])('%s leaves room for JSON: %s', (header, isRoom) => {
    expect(accepts(header, [])).toBe(isRoom);
  });

  it('is asked for the other types of a route too', () => {
    expect(accepts('text/event-stream', ['text/event-stream'])).toBe(true);
    expect(accepts('text/*', ['text/event-stream'])).toBe(true);
  });

  it('says who wants a page', () => {
    expect(prefersHtml('text/html,*/*')).toBe(true);
    expect(prefersHtml('application/json, text/html')).toBe(false);
    expect(prefersHtml('*/*')).toBe(false);
    expect(prefersHtml(undefined)).toBe(false);
  });
});

describe('a traceparent', () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const parent = 'b7ad6b7169203331';
  it.each([
    [`00-${trace}-${parent}-01`, true],
    [`00-${trace}-${parent}-01-more`, false],
    [`ff-${trace}-${parent}-01`, false],
    [`00-${'0'.repeat(32)}-${parent}-01`, false],
    [`00-${trace}-${'0'.repeat(16)}-01`, false],
    [`00-${trace.toUpperCase()}-${parent}-01`, false],
    ['', false],
  ])('%s counts: %s', (header, counts) => {
    expect(traceparentOf(header)).toBe(counts ? header : null);
  });

  it.each([
    ['01-more', '01'],
    ['0a', '00'],
    ['ff', '01'],
  ])('of a later version goes on as what this one knows of it: %s', (flags, known) => {
    expect(traceparentOf(`01-${trace}-${parent}-${flags}`)).toBe(`00-${trace}-${parent}-${known}`);
  });

  it('counts only when there is one', () => {
    expect(traceparentOf(undefined)).toBeNull();
    expect(traceparentOf([`00-${trace}-${parent}-01`, `00-${trace}-${parent}-01`])).toBeNull();
  });
});

describe('a tag that is known', () => {
  it.each([
    ['"a"', true],
    ['W/"a"', true],
    ['"b", W/"a"', true],
    ['*', true],
    ['"b"', false],
    ['a', false],
    ['', false],
    [undefined, false],
  ])('by If-None-Match %s: %s', (header, isKnown) => {
    expect(namesTag(header, '"a"')).toBe(isKnown);
  });
});

describe('the known paths', () => {
  it('tell which methods a path has', () => {
    const paths = new KnownPaths();
    paths.add('GET', '/v1/jobs/:job_id');
    paths.add('DELETE', '/v1/jobs/:job_id');
    paths.add('POST', '/v1/jobs/batch');
    paths.add('GET', '/console/*');
    expect(paths.methodsOf('/v1/jobs/1?x=/y')).toEqual(['DELETE', 'GET']);
    expect(paths.methodsOf('/v1/jobs/batch')).toEqual(['DELETE', 'GET', 'POST']);
    expect(paths.methodsOf('/v1/jobs/')).toEqual([]);
    expect(paths.methodsOf('/v1/jobs/1/2')).toEqual([]);
    expect(paths.methodsOf('/console/a/b.js')).toEqual(['GET']);
  });
});

describe('a drain', () => {
  it('is idle when the last request has left', async () => {
    const drain = new Drain();
    drain.entered();
    drain.entered();
    const idle = drain.idle(10_000);
    drain.left();
    drain.left();
    expect(await idle).toBe(true);
    expect(await drain.idle(0)).toBe(true);
  });

  it('tells whoever listens', () => {
    const drain = new Drain();
    expect([drain.isDraining, drain.signal.aborted]).toEqual([false, false]);
    drain.begin();
    expect([drain.isDraining, drain.signal.aborted]).toEqual([true, true]);
  });
});

describe('a problem', () => {
  it('is internal where no status was foreseen', () => {
    expect(answerToStatus(418, 'I am a teapot.', 'r1').problem).toMatchObject({ status: 500, code: 'RFA_INTERNAL' });
  });

  it.each(Object.entries(problems))(
    'called %s has a title, a meaning and a remedy',
    (code, { title, means, remedy }) => {
      expect(code).toMatch(/^RFA_[A-Z]+(_[A-Z]+)*$/);
      expect(title).toMatch(/^[A-Z][^.]+$/);
      for (const sentence of [means, remedy]) expect(sentence).toMatch(/^[A-Z].*\.$/s);
    },
  );
});
