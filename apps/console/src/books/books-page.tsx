import { BookRegular } from '@fluentui/react-icons/svg/book';
import { SearchInfoRegular } from '@fluentui/react-icons/svg/search-info';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { type Book, booksQuery } from '../api/books.ts';
import { counted, formatNumber, formatOwned } from '../format/numbers.ts';
import { paths } from '../paths.ts';
import { DataTable } from '../ui/data-table.tsx';
import { Ellipsis } from '../ui/ellipsis.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { RouterLink } from '../ui/links.tsx';
import { Page } from '../ui/page.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { RowTitle } from '../ui/row-title.tsx';
import { SearchField } from '../ui/search-field.tsx';
import { RowsSkeleton } from '../ui/skeletons.tsx';
import { Surface } from '../ui/surface.tsx';
import type { Column } from '../ui/table-model.ts';

const columns: readonly Column<Book>[] = [
  {
    id: 'name',
    header: 'Name',
    width: 'minmax(0, 3fr)',
    cell: (book) => (
      <RowTitle aside={book.artistName ?? undefined}>
        <RouterLink {...paths.book(book.id)}>{book.name}</RouterLink>
      </RowTitle>
    ),
  },
  {
    id: 'token',
    header: 'Token',
    width: 'minmax(0, 1.5fr)',
    cell: (book) => <Ellipsis>{book.tokenName}</Ellipsis>,
  },
  {
    id: 'owned',
    header: 'Owned',
    width: '100px',
    align: 'end',
    cell: (book) => formatOwned(book.owned),
  },
  {
    id: 'assigned',
    header: 'Assigned',
    width: '100px',
    align: 'end',
    cell: (book) => formatNumber(book.held + book.foreign),
  },
  {
    id: 'available',
    header: 'Available',
    width: '100px',
    align: 'end',
    cell: (book) => (book.available === null ? '—' : formatNumber(book.available)),
  },
];

export function BooksPage() {
  const { search = '' } = useSearch({ from: '/books' });
  const navigate = useNavigate();
  const books = useQuery(booksQuery);
  const onSearch = useCallback(
    (text: string) =>
      void navigate({ ...paths.books(text === '' ? {} : { search: text }), replace: true }),
    [navigate],
  );
  return (
    <Page title="Books" aside={books.data === undefined ? ' ' : counted(books.data.length, 'book')}>
      {books.data !== undefined && books.data.length > 0 && (
        <SearchField label="Search books" value={search} onSearch={onSearch} />
      )}
      <Surface>
        <QueryView query={books} what="the books" loading={<RowsSkeleton />}>
          {(all) => <BookList books={all} search={search} />}
        </QueryView>
      </Surface>
    </Page>
  );
}

interface BookListProps {
  readonly books: readonly Book[];
  readonly search: string;
}

function BookList({ books, search }: BookListProps) {
  const wanted = search.toLowerCase();
  const shown = books.filter((book) =>
    [book.name, book.artistName].some((text) => text?.toLowerCase().includes(wanted)),
  );
  if (books.length === 0) {
    return (
      <EmptyState icon={<BookRegular />} title="No books">
        Books that your organization bought come with the sync of a token.
      </EmptyState>
    );
  }
  if (shown.length === 0) {
    return (
      <EmptyState icon={<SearchInfoRegular />} title={`No book has “${search}” in its name`} />
    );
  }
  return <DataTable label="Books" rows={shown} columns={columns} idOf={(book) => book.id} />;
}
