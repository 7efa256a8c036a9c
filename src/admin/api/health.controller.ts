import { Controller, Get, Res } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { Public } from '../../platform/http/route.rules.js';
import { Health, type HealthReport } from '../health.js';

@Controller('health')
@Public()
export class HealthController {
  constructor(private readonly health: Health) {}

  /** The process runs and its event loop turns. */
  @Get('live')
  live(): { status: string } {
    return { status: 'live' };
  }

  /** It can do what it was started for; if not, the part that fails is named. */
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthReport> {
    const report = await this.health.report();
    if (report.status !== 'ready') reply.code(503);
    return report;
  }
}
