import { bookHolders } from '../../status/index.ts';
import { type Face, pageOf, pageQuery } from './face.ts';
import { registerRequests } from './requests.ts';
import { findTitle, registerTitles, type TitleKind } from './titles.ts';
import { withId } from '../typed-app.ts';
import { registerWhy } from './why.ts';

export const books: TitleKind = { path: '/books', books: true, word: 'book' };

/** The books of all tokens, and GET /api/books/{id}/people: who has a license, who waits, and why */
export function registerBooks(face: Face): void {
  const { app, context } = face;
  registerTitles(face, books);
  registerWhy(face, books);
  registerRequests(face, books);
  app.get(
    '/books/:id/people',
    { schema: { params: withId, querystring: pageQuery } },
    async (request) => {
      const { assetId } = await findTitle(context, request.params.id, books);
      return bookHolders(context.db, assetId, pageOf(request.query));
    },
  );
}
