import { queryOptions } from '@tanstack/react-query';
import { getAll } from './http.ts';

export interface Book {
  readonly assetId: number;
  readonly adamId: string;
  readonly name: string;
  readonly artistName: string | null;
  readonly tokenId: string;
  readonly tokenName: string;
  /** Null when unlimited. */
  readonly owned: number | null;
  readonly assigned: number;
  readonly available: number | null;
}

export const booksQuery = queryOptions({
  queryKey: ['books'],
  queryFn: async ({ signal }) => getAll<Book>('/api/books', signal),
});
