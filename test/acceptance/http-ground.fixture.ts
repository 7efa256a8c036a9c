import { connect } from 'node:net';
import { once } from 'node:events';
import { expect } from '@jest/globals';
import {
  Body,
  type CanActivate,
  Controller,
  Delete,
  type ExecutionContext,
  Get,
  HttpCode,
  Module,
  Param,
  Post,
  Query,
  Req,
} from '@nestjs/common';
import { ArrayMaxSize, IsArray, IsInt, IsOptional, IsString, Matches } from 'class-validator';
import { type FastifyRequest } from 'fastify';
import { Refusal, type RefusalKind } from '../../src/kernel/refusal.js';
import { callerOf } from '../../src/platform/http/caller.js';
import { causeOf } from '../../src/platform/http/cause-of-request.js';
import { createHttpApp, type HttpApp } from '../../src/platform/http/http-server.module.js';
import { batchJsonLimits } from '../../src/platform/http/json/json-limits.js';
import { RawJson } from '../../src/platform/http/json/raw-json.js';
import { type Problem } from '../../src/platform/http/problem.js';
import { problems } from '../../src/platform/http/problems.js';
import { ProblemsController } from '../../src/platform/http/problems.controller.js';
import { accessOf, BodyLimits, ItemsStandAlone, Needs, Produces, Public } from '../../src/platform/http/route.rules.js';
import { FailsAs, IsListOf, IsQueryInt, IsRawJson } from '../../src/platform/http/validation/request.rules.js';
import { RandomIds } from '../../src/platform/ids/ids.js';

class Refused extends Refusal {
  readonly code = 'RFA_JOB_CONFLICT';
  constructor(
    readonly kind: RefusalKind,
    override readonly retryAfterMs: number | null,
  ) {
    super(`It is refused as ${kind}.`);
  }
}

@FailsAs('RFA_JOB_VALIDATION_FAILED')
class Thing {
  @Matches(/^[a-z.]+$/)
  work_kind!: string;

  @IsOptional()
  @IsRawJson({ maxBytes: 262_144 })
  payload?: RawJson;
}

class Things {
  @IsArray()
  @ArrayMaxSize(1_000)
  @IsListOf(() => Thing)
  jobs!: Thing[];
}

class Reason {
  @IsOptional()
  @IsString()
  reason?: string;
}

class Waiting {
  @IsInt()
  wait_ms!: number;
}

class Page {
  @IsOptional()
  @IsQueryInt({ min: 1, max: 200 })
  limit = 50;
}

/** Ends the requests that wait. */
export const started = new Set<() => void>();

@Controller('v1/things')
@Needs('client')
class ThingsController {
  @Post()
  @HttpCode(202)
  make(@Body() thing: Thing): unknown {
    return { is_thing: thing instanceof Thing, payload: thing.payload ?? null, absent: undefined };
  }

  @Post('batch')
  @BodyLimits(batchJsonLimits)
  @ItemsStandAlone('jobs', 1_000)
  makeMany(@Body() { jobs }: Things): unknown {
    return { items: jobs.map(({ payload }) => ({ bytes: payload?.byteLength ?? 0 })) };
  }

  @Get()
  list(@Query() page: Page): unknown {
    return { limit: page.limit };
  }

  @Get('caller')
  caller(@Req() request: FastifyRequest): unknown {
    return { client_id: callerOf(request).clientId, cause: causeOf(request, new RandomIds(), 'c1') };
  }

  @Get('stream')
  @Produces('text/event-stream')
  stream(): string {
    return 'ok';
  }

  @Get('stream/refused/:kind')
  @Produces('text/event-stream')
  refuseStream(@Param('kind') kind: RefusalKind): unknown {
    return this.refuse(kind);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  cancel(@Param('id') id: string, @Body() { reason }: Reason): unknown {
    return { id, reason: reason ?? null };
  }

  @Post(':id/start')
  start(@Param('id') id: string): unknown {
    return { id };
  }

  @Delete(':id')
  remove(@Param('id') id: string): unknown {
    return { id };
  }

  @Get('refused/:kind')
  refuse(@Param('kind') kind: RefusalKind): unknown {
    throw new Refused(kind, kind === 'too-much' || kind === 'unavailable' ? 1_200 : null);
  }

  @Get('broken')
  broken(): unknown {
    throw new Error('select secret from inside');
  }

  @Post('wait')
  @HttpCode(200)
  async wait(@Body() { wait_ms }: Waiting): Promise<unknown> {
    await this.slow();
    return { wait_ms };
  }

  @Get('slow')
  async slow(): Promise<unknown> {
    await new Promise<void>((resolve) => {
      started.add(resolve);
      arrived();
    });
    return { done: true };
  }
}

let arrived: () => void = () => undefined;
/** When the next request has come to wait. */
export const nextArrival = async (): Promise<void> =>
  new Promise((resolve) => {
    arrived = resolve;
  });

@Controller('health')
class HealthController {
  @Get('live')
  @Public()
  live(): unknown {
    return { status: 'ok' };
  }

  @Get('forgotten')
  forgotten(): unknown {
    return {};
  }
}

/** Stands in for the authentication guard. */
class EverybodyIsClientOne implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const access = accessOf(context.getHandler(), context.getClass());
    if (access?.kind === 'scopes')
      context.switchToHttp().getRequest<FastifyRequest>().caller = {
        clientId: 'client-1',
        keyId: 'key-1',
        keyClientId: 'client-1',
        scopes: access.anyOf,
        actor: 'key:key-1',
        isOperator: false,
      };
    return access !== null;
  }
}

@Module({ controllers: [ThingsController, HealthController, ProblemsController] })
class DemoModule {}

export const failures: unknown[] = [];

/** The demo over real HTTP, on a port of its own. */
export async function open(timeouts = {}): Promise<HttpApp & { readonly url: string }> {
  const http = await createHttpApp(DemoModule, {
    ids: new RandomIds(),
    onFailure: (error, request) => failures.push({ error, request }),
    timeouts,
  });
  http.app.useGlobalGuards(new EverybodyIsClientOne());
  return { ...http, url: await http.listen(0, '127.0.0.1') };
}

/** The problem of an answer, which must look like every other. */
export async function problemOf(reply: Response): Promise<Problem> {
  const problem = (await reply.json()) as Problem;
  expect(reply.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(problem).toMatchObject({
    status: reply.status,
    type: `/problems/${problem.code}`,
    title: problems[problem.code]?.title,
    instance: reply.headers.get('x-request-id'),
  });
  expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
  return problem;
}

/** What comes back over a bare socket until it closes. */
export async function exchange(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  socket.write(text);
  await once(socket, 'close');
  return answer;
}
