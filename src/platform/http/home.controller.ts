import { Controller, Get, Headers, Res } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { prefersHtml } from './accept.js';
import { Answers, Summary } from './answer.rules.js';
import { mapOf, shape, text } from './openapi/answer-schemas.js';
import { Produces, Public } from './route.rules.js';

const places = {
  docs: ['/docs', 'the reference of the API, as a page'],
  openapi: ['/openapi.json', 'the same for programs: OpenAPI 3.1'],
  problems: ['/problems', 'every code of an error, what it means and what to do'],
  ready: ['/health/ready', 'whether this node can do what it was started for, and which part cannot'],
  live: ['/health/live', 'whether the process runs'],
  metrics: ['/metrics', 'for Prometheus; wants a token from other machines'],
  jobs: ['/v1/jobs', 'the jobs of a client; wants its key'],
} as const;

const links = Object.fromEntries(Object.entries(places).map(([name, [path]]) => [name, path]));
const items = Object.values(places).map(([path, about]) => `<li><a href="${path}">${path}</a>: ${about}</li>`);
const page =
  '<!doctype html><html lang="en"><meta charset="utf-8"><title>ForgeRun</title><h1>ForgeRun</h1>' +
  '<p>A job engine listens here. Calls below <code>/v1</code> want <code>Authorization: Bearer</code> and a key.</p>' +
  `<ul>${items.join('')}</ul></html>`;

const homeSchema = shape('Home', {
  name: text,
  links: mapOf(text),
});

/** The page of the bare address: HTML for a browser, links for a program. */
@Controller()
@Public()
@Produces('text/html')
export class HomeController {
  @Get()
  @Summary('What is to be found here', 'getHome')
  @Answers(200, homeSchema)
  home(@Headers('accept') accept: string | undefined, @Res({ passthrough: true }) reply: FastifyReply): unknown {
    if (!prefersHtml(accept)) return { name: 'ForgeRun', links };
    void reply.type('text/html; charset=utf-8');
    return page;
  }
}
