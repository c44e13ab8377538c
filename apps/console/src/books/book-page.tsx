import { Button, MessageBar, MessageBarActions, MessageBarBody } from '@fluentui/react-components';
import { BookRegular } from '@fluentui/react-icons/svg/book';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import {
  type BookDetail,
  type BookPerson,
  bookPeopleQuery,
  bookQuery,
  releaseBook,
  saveBookAssignments,
} from '../api/books.ts';
import { whatIfBook } from '../api/what-if.ts';
import type { SettingName } from '../apps/assignment-settings.ts';
import { AssignmentsEditor } from '../apps/assignments-editor.tsx';
import { LicensePanel } from '../apps/license-panel.tsx';
import { counted } from '../format/numbers.ts';
import { AdoptDialog } from '../licenses/adopt-dialog.tsx';
import { paths } from '../paths.ts';
import { LicenseCell, ReasonCell } from '../status/status-cells.tsx';
import { AppIcon } from '../ui/app-icon.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { RouterLink } from '../ui/links.tsx';
import { useNotify } from '../ui/notify.tsx';
import { Page } from '../ui/page.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { RowTitle } from '../ui/row-title.tsx';
import { PageSkeleton, RowsSkeleton } from '../ui/skeletons.tsx';
import { Surface } from '../ui/surface.tsx';
import type { Column } from '../ui/table-model.ts';
import { WhyCell } from '../why/why-cell.tsx';
import { WhyDrawer } from '../why/why-drawer.tsx';
import { BookDevices } from './book-devices.tsx';

export function BookPage() {
  const { bookId } = useParams({ from: '/books/$bookId' });
  const book = useQuery(bookQuery(bookId));
  return (
    <QueryView query={book} what="the book" loading={<PageSkeleton />}>
      {(found) => <BookScreen book={found} />}
    </QueryView>
  );
}

const types = ['required', 'available', 'excluded'] as const;
const licenseTypes = ['user'] as const;
/** Books are not installed, and never taken back: the rest says nothing about them. */
const settings: ReadonlySet<SettingName> = new Set(['licensesAhead'] as const);

function BookScreen({ book }: { readonly book: BookDetail }) {
  return (
    <Page
      title={book.name}
      aside={[book.artistName, 'Book', book.tokenName].filter((text) => text !== null).join(' · ')}
      picture={<AppIcon name={book.name} url={book.iconUrl} size="large" />}
      back={<RouterLink {...paths.books()}>Books</RouterLink>}
      actions={book.found > 0 ? <AdoptButton book={book} /> : undefined}
    >
      <LicensePanel app={book} />
      {book.toRelease > 0 && <ReleaseBar book={book} />}
      <AssignmentsEditor
        key={book.id}
        title={book}
        choices={{ types, licenseTypes, settings }}
        hint="People of these groups get a license for good: Apple never takes books back."
        empty="Add a group of people and choose Save. A license of a book is its person’s for good."
        taking="Who has the book keeps it: Apple never takes books back."
        withBuiltIn={false}
        save={async (assignments) => saveBookAssignments(book.id, assignments)}
        foretell={async (assignments, signal) => whatIfBook(book.id, assignments, signal)}
        shownBy="books"
      />
      <People book={book} />
    </Page>
  );
}

function AdoptButton({ book }: { readonly book: BookDetail }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>Adopt licenses…</Button>
      {isOpen && <AdoptDialog of="books" title={book} onClose={() => setOpen(false)} />}
    </>
  );
}

/** Many are to get at once what can never be taken back: somebody looks at it first (Law 11). */
function ReleaseBar({ book }: { readonly book: BookDetail }) {
  const client = useQueryClient();
  const notify = useNotify();
  const releasing = useMutation({
    mutationFn: async () => releaseBook(book.id),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['books'] });
      notify.done('Released');
    },
  });
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody>
        {counted(book.toRelease, 'person is', 'people are')} to get this book, and Apple never takes
        books back. {releasing.error?.message}
      </MessageBarBody>
      <MessageBarActions>
        <Button disabled={releasing.isPending} onClick={() => releasing.mutate()}>
          Release
        </Button>
      </MessageBarActions>
    </MessageBar>
  );
}

const columnsOf = (onWhy: (row: BookPerson) => void): readonly Column<BookPerson>[] => [
  {
    id: 'person',
    header: 'Person',
    width: 'minmax(0, 2fr)',
    cell: (row) => (
      <RowTitle aside={row.userPrincipalName}>
        <RouterLink {...paths.person(row.personId)}>{row.displayName}</RouterLink>
      </RowTitle>
    ),
  },
  {
    id: 'license',
    header: 'License',
    width: 'minmax(140px, 1fr)',
    cell: (row) => <LicenseCell license={row.license} />,
  },
  {
    id: 'devices',
    header: 'On their devices',
    width: 'minmax(0, 2fr)',
    cell: (row) => <BookDevices devices={row.devices} />,
  },
  {
    id: 'reason',
    header: 'Why',
    width: 'minmax(0, 2.5fr)',
    cell: (row) => (
      <WhyCell onWhy={() => onWhy(row)}>
        <ReasonCell reason={row.reason} />
      </WhyCell>
    ),
  },
];

/** Who has a license of the book, and who waits. */
function People({ book }: { readonly book: BookDetail }) {
  const people = useInfiniteQuery(bookPeopleQuery(book.id));
  const { hasNextPage, fetchNextPage } = people;
  const [asked, setAsked] = useState<BookPerson>();
  const [columns] = useState(() => columnsOf(setAsked));
  return (
    <Surface>
      <QueryView query={people} what="the people" loading={<RowsSkeleton />}>
        {({ pages }) => {
          const rows = pages.flatMap((page) => page.value);
          return rows.length === 0 ? (
            <EmptyState icon={<BookRegular />} title="Nobody is to have this book">
              Assign it to a group of people: they then show here.
            </EmptyState>
          ) : (
            <DataTable
              label="People"
              rows={rows}
              columns={columns}
              count={pages.at(-1)?.count}
              idOf={(row) => row.personId}
              onEnd={hasNextPage ? () => void fetchNextPage() : undefined}
            />
          );
        }}
      </QueryView>
      {asked !== undefined && (
        <WhyDrawer
          subject={{
            of: 'books',
            titleId: book.id,
            titleName: book.name,
            who: 'people',
            whoId: asked.personId,
            whoName: asked.displayName,
          }}
          onClose={() => setAsked(undefined)}
        />
      )}
    </Surface>
  );
}
