import { Controller, Get, Headers, Param, Res } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { prefersHtml } from './accept.js';
import { Answers, Summary } from './answer.rules.js';
import { RequestNotFound } from './http.refusals.js';
import { pageOf, shape, text, whole } from './openapi/answer-schemas.js';
import { type ProblemKind, problems } from './problems.js';
import { Produces, Public } from './route.rules.js';

interface ListedProblem extends ProblemKind {
  readonly code: string;
  readonly type: string;
}

const problemKindSchema = shape('ProblemKind', {
  code: text,
  type: text,
  status: whole,
  title: text,
  means: text,
  remedy: text,
});

const listed = (code: string, kind: ProblemKind): ListedProblem => ({ code, type: `/problems/${code}`, ...kind });

/** Where the `type` of every problem leads: what it means and what to do. */
@Controller('problems')
@Public()
@Produces('text/html')
export class ProblemsController {
  @Get()
  @Summary('List every code a problem can have', 'listProblems')
  @Answers(200, pageOf('ProblemKinds', problemKindSchema))
  all(@Headers('accept') accept: string | undefined, @Res({ passthrough: true }) reply: FastifyReply): unknown {
    const items = Object.entries(problems).map(([code, kind]) => listed(code, kind));
    return prefersHtml(accept) ? page(reply, 'Problems', items) : { items, next_cursor: null };
  }

  @Get(':code')
  @Summary('Show what a code means', 'getProblem')
  @Answers(200, problemKindSchema)
  one(
    @Param('code') code: string,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): unknown {
    const kind = Object.hasOwn(problems, code) ? problems[code] : undefined;
    if (kind === undefined) throw new RequestNotFound('No problem has this code.');
    const problem = listed(code, kind);
    return prefersHtml(accept) ? page(reply, code, [problem]) : problem;
  }
}

function page(reply: FastifyReply, title: string, items: readonly ListedProblem[]): string {
  void reply.type('text/html; charset=utf-8');
  const sections = items.map(
    ({ code, type, status, title: name, means, remedy }) =>
      `<section><h2><a href="${type}">${code}</a></h2><p><strong>${status} ${name}.</strong> ${means}</p><p>${remedy}</p></section>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title} - ForgeRun</title><h1>${title}</h1>${sections.join('')}</html>`;
}
