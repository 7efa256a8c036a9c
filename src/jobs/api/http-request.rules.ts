import { type Fault } from '../../kernel/refusal.js';
import { faultOfHeader } from '../../platform/egress/header-rules.js';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const fields = new Set(['method', 'url', 'headers', 'body', 'expect_status']);
const maxHeaders = 50;
const maxStatuses = 20;

/** Why ForgeRun would not send to a URL, as far as its text shows; null when it would. */
export type FaultOfTarget = (url: string) => string | null;

/** Every fault in the payload of an HTTP_REQUEST job. */
export function faultsOfHttpRequest(payload: unknown, faultOfTarget: FaultOfTarget): readonly Fault[] {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload))
    return [{ pointer: '/payload', detail: 'must be an object with method and url' }];
  const { method, url, headers, body, expect_status: expected } = payload as Readonly<Record<string, unknown>>;
  const faults: Fault[] = [];
  const add = (field: string, detail: string): void => {
    faults.push({ pointer: `/payload/${field}`, detail });
  };
  for (const name of Object.keys(payload))
    if (!fields.has(name)) add(name.replaceAll('~', '~0').replaceAll('/', '~1'), 'is not a known field');
  if (typeof method !== 'string' || !methods.includes(method)) add('method', `must be one of ${methods.join(', ')}`);
  else if (body !== undefined && (method === 'GET' || method === 'HEAD')) add('body', `is not for ${method}`);
  const fault = typeof url === 'string' ? faultOfTarget(url) : 'must be an http(s) URL';
  if (fault !== null) add('url', fault);
  for (const each of faultsOfHeaders(headers)) faults.push(each);
  if (expected !== undefined && !isStatuses(expected))
    add('expect_status', `must be a status from 100 to 599, or a list of 1 to ${maxStatuses}`);
  return faults;
}

function faultsOfHeaders(headers: unknown): readonly Fault[] {
  if (headers === undefined) return [];
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers))
    return [{ pointer: '/payload/headers', detail: 'must be an object of strings' }];
  const entries = Object.entries(headers) as [string, unknown][];
  if (entries.length > maxHeaders)
    return [{ pointer: '/payload/headers', detail: `must hold at most ${maxHeaders} headers` }];
  return entries.flatMap(([name, value]) => {
    const detail = typeof value === 'string' ? faultOfHeader(name, value) : 'must be a string';
    const place = name.replaceAll('~', '~0').replaceAll('/', '~1');
    return detail === null ? [] : [{ pointer: `/payload/headers/${place}`, detail }];
  });
}

function isStatuses(value: unknown): boolean {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.length >= 1 && list.length <= maxStatuses && list.every(isStatus);
}

const isStatus = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 100 && Number(value) <= 599;
