import {
  instant,
  listOf,
  nullable,
  oneOf,
  pageOf,
  shape,
  text,
  uuid,
  yes,
} from '../../platform/http/openapi/answer-schemas.js';
import { keyScopes } from '../domain/key-scopes.js';

export const clientSchema = shape('Client', { client_id: uuid, name: nullable(text), created_at: instant });

const key = {
  key_id: uuid,
  name: text,
  scopes: listOf(oneOf(...keyScopes)),
  created_at: instant,
  expires_at: nullable(instant),
};

export const issuedKeySchema = shape('IssuedKey', {
  api_key: nullable(text),
  ...key,
});

export const keyPageSchema = pageOf(
  'KeyPage',
  shape('Key', { ...key, last_used_at: nullable(instant), revoked_at: nullable(instant) }),
);

export const revokedSchema = shape('Revoked', { revoked: yes });
