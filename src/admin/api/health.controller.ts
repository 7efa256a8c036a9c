import { Controller, Get, Res } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { Public } from '../../platform/http/route.rules.js';
import { Health, type HealthReport } from '../health.js';
import { Answers, Summary } from '../../platform/http/answer.rules.js';
import { liveSchema, readySchema } from './admin.openapi.js';

@Controller('health')
@Public()
export class HealthController {
  constructor(private readonly health: Health) {}

  /** The process runs and its event loop turns. */
  @Get('live')
  @Summary('Whether the process runs', 'getLiveness')
  @Answers(200, liveSchema)
  live(): { status: string } {
    return { status: 'live' };
  }

  /** It can do what it was started for; if not, the part that fails is named. */
  @Get('ready')
  @Summary('Whether it can do what it was started for', 'getReadiness')
  @Answers(200, readySchema)
  @Answers(503, readySchema, { description: 'A part fails, and is named.' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthReport> {
    const report = await this.health.report();
    if (report.status !== 'ready') reply.code(503);
    return report;
  }
}
