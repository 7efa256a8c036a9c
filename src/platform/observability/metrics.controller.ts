import { Controller, Get, Header } from '@nestjs/common';
import { Answers, Summary } from '../http/answer.rules.js';
import { text } from '../http/openapi/answer-schemas.js';
import { Produces, Public } from '../http/route.rules.js';
import { Scrape, scrapeType } from './scrape.js';

/** For Prometheus. It names queues and work kinds, and holds nothing else of anybody's. */
@Controller('metrics')
@Public()
@Produces('text/plain')
export class MetricsController {
  constructor(private readonly scrape: Scrape) {}

  @Get()
  @Summary('Show every metric, as Prometheus reads it')
  @Answers(200, text, { type: 'text/plain' })
  @Header('content-type', scrapeType)
  async metrics(): Promise<string> {
    return await this.scrape.text();
  }
}
