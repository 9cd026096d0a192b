import type { FastifyInstance } from 'fastify';

/** JSON and nothing else. An empty body is no body: some clients say `application/json` on a DELETE. */
export function registerBody(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    if (text === '') done(null, undefined);
    else void parseJson(request, text, done);
  });
}
