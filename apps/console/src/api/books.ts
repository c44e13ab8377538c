import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { App, Assignment, AssignmentInput } from './apps.ts';
import { type Page, get, getAll, nextSkip, post, put } from './http.ts';
import type { InstallStatus, Reason } from './status.ts';

/** A book: listed and licensed like an app, but to people alone and for good. */
export type Book = Omit<App, 'platform' | 'installed' | 'failed' | 'pending'> & {
  /** So many wait for a person to release what Apple never takes back. */
  readonly toRelease: number;
};

export interface BookDetail extends Book {
  readonly assignments: readonly Assignment[];
}

/** A person who has a license of the book, or waits for one. */
export interface BookPerson extends Pick<InstallStatus, 'license' | 'reason'> {
  readonly personId: string;
  readonly displayName: string;
  readonly userPrincipalName: string;
  /** The devices of the person that the book was sent to, or is to be. */
  readonly devices: readonly BookOnDevice[];
}

export interface BookOnDevice {
  readonly deviceId: string;
  readonly name: string;
  readonly state: 'blocked' | 'commanded' | 'installing' | 'installed' | 'failed' | 'removed';
  readonly reason: Reason | null;
}

export const booksQuery = queryOptions({
  queryKey: ['books', 'list'],
  queryFn: async ({ signal }) => getAll<Book>('/api/books', signal),
});

export const bookQuery = (id: string) =>
  queryOptions({
    queryKey: ['books', 'one', id],
    queryFn: async ({ signal }) => get<BookDetail>(`/api/books/${id}`, {}, signal),
  });

const peoplePerPage = 200;

export const bookPeopleQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['status', 'book', id],
    queryFn: async ({ signal, pageParam }) =>
      get<Page<BookPerson>>(
        `/api/books/${id}/people`,
        { top: peoplePerPage, skip: pageParam },
        signal,
      ),
    initialPageParam: 0,
    getNextPageParam: nextSkip,
  });

/** Replaces the assignments of a book. */
export async function saveBookAssignments(
  bookId: string,
  assignments: readonly AssignmentInput[],
): Promise<void> {
  await put(`/api/books/${bookId}/assignments`, { assignments });
}

/** Lets all those have the book who wait because it can never be taken back. */
export async function releaseBook(bookId: string): Promise<void> {
  await post(`/api/books/${bookId}/release`, {});
}
