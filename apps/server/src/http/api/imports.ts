import { Type } from 'typebox';
import { confirmImport, importKinds, stageImport } from '../../directory/index.ts';
import { Problem } from '../../errors.ts';
import { callerOf } from '../auth.ts';
import type { Face } from './face.ts';
import { withId } from '../typed-app.ts';

const longestFile = 16 * 1024 * 1024;

const importQuery = Type.Object({
  kind: Type.Union(importKinds.map((kind) => Type.Literal(kind))),
  fileName: Type.Optional(Type.String({ maxLength: 256 })),
  withoutScannerPrefix: Type.Optional(Type.Boolean()),
});

/** POST /api/imports with a CSV file reads and checks it; POST /api/imports/{id}/confirm imports it */
export function registerImports({ app, context }: Face): void {
  app.addContentTypeParser(
    'text/csv',
    { parseAs: 'string', bodyLimit: longestFile },
    (_request, text, done) => done(null, text),
  );
  app.post('/imports', { schema: { querystring: importQuery } }, async (request, reply) => {
    const { kind, fileName, withoutScannerPrefix } = request.query;
    const { body } = request;
    if (typeof body !== 'string') {
      throw new Problem(
        'badRequest',
        'noFile',
        'Send the file as the body, with the content type text/csv.',
        {
          field: 'body',
        },
      );
    }
    const staged = await stageImport(
      context,
      { kind, csv: body, withoutScannerPrefix, ...(fileName === undefined ? {} : { fileName }) },
      callerOf(request).actor,
    );
    return reply.code(201).send({ ...staged, summary: staged.summary ?? null });
  });
  app.post('/imports/:id/confirm', { schema: { params: withId } }, async (request) =>
    confirmImport(context, request.params.id, callerOf(request).actor),
  );
}
