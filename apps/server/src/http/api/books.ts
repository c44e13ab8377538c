import { listBooks } from '../../library/index.ts';
import { type Face, pageOf, pageQuery } from './face.ts';

/** GET /api/books: the books of all tokens, to look at */
export function registerBooks({ app, context }: Face): void {
  app.get('/books', { schema: { querystring: pageQuery } }, async (request) => {
    const { count, rows } = await listBooks(context.db, pageOf(request.query));
    return { count, value: rows };
  });
}
