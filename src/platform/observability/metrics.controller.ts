import { Controller, Get, Header, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { Answers, Refuses, Summary } from '../http/answer.rules.js';
import { text } from '../http/openapi/answer-schemas.js';
import { Produces, Public } from '../http/route.rules.js';
import { MetricsAccess } from './metrics-access.js';
import { Scrape, scrapeType } from './scrape.js';

/**
 * Serves metrics to Prometheus. They name queues and work kinds and hold nothing else of a client; no key opens them,
 * see `MetricsAccess`.
 */
@Controller('metrics')
@Public()
@Produces('text/plain')
export class MetricsController {
  constructor(
    private readonly scrape: Scrape,
    private readonly access: MetricsAccess,
  ) {}

  @Get()
  @Summary('Show every metric, as Prometheus reads it', 'getMetrics')
  @Answers(200, text, { type: 'text/plain' })
  @Refuses('RFA_AUTH_INVALID_CREDENTIALS')
  @Header('content-type', scrapeType)
  async metrics(@Req() { socket, headers }: FastifyRequest): Promise<string> {
    this.access.pass({ address: socket.remoteAddress, headers });
    return await this.scrape.text();
  }
}
