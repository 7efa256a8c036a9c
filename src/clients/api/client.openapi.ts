import { pageOf, shape, yes } from '../../platform/http/openapi/answer-schemas.js';
import { publishedListedKey } from '../queries/client.response.js';

export const keyPageSchema = pageOf('KeyPage', publishedListedKey.schema);

export const revokedSchema = shape('Revoked', { revoked: yes });
