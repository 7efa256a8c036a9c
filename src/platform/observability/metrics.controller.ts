import { Controller, Get, Header } from '@nestjs/common';
import { Produces, Public } from '../http/route.rules.js';
import { Scrape, scrapeType } from './scrape.js';

/** For Prometheus. It names queues and work kinds, and holds nothing else of anybody's. */
@Controller('metrics')
@Public()
@Produces('text/plain')
export class MetricsController {
  constructor(private readonly scrape: Scrape) {}

  @Get()
  @Header('content-type', scrapeType)
  async metrics(): Promise<string> {
    return await this.scrape.text();
  }
}
