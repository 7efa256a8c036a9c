import { Controller, Get, Headers, Res } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { Answers, Summary, TakesHeaders } from '../answer.rules.js';
import { namesTag } from '../entity-tags.js';
import { Produces, Public } from '../route.rules.js';
import { anyObject, text } from './answer-schemas.js';
import { ApiDocument } from './api-document.js';
import { docsPolicy } from './docs-page.js';

/** The API about itself: for programs, and for people. */
@Controller()
@Public()
export class OpenApiController {
  constructor(private readonly document: ApiDocument) {}

  @Get('openapi.json')
  @Summary('This document', 'getApiDocument')
  @TakesHeaders({
    'If-None-Match': 'The ETag of the document as the caller knows it; answered with 304 where it has not changed.',
  })
  @Answers(200, anyObject, {
    description: 'OpenAPI 3.1.',
    headers: { ETag: 'Changes whenever the document does; for If-None-Match.' },
  })
  @Answers(304, null, { description: 'It is the one that is known.' })
  openapi(
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Buffer | undefined {
    const { json, etag } = this.document;
    reply.header('etag', etag).header('cache-control', 'no-cache');
    if (namesTag(known, etag)) {
      reply.code(304);
      return undefined;
    }
    reply.type('application/json; charset=utf-8');
    return Buffer.from(json);
  }

  @Get('docs')
  @Summary('The reference as a page', 'getDocsPage')
  @Produces('text/html')
  @Answers(200, text, { description: 'Every call and every schema.', type: 'text/html' })
  docs(@Res({ passthrough: true }) reply: FastifyReply): Buffer {
    reply.type('text/html; charset=utf-8').header('content-security-policy', docsPolicy);
    return Buffer.from(this.document.page);
  }
}
