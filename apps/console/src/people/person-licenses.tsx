import { Caption1 } from '@fluentui/react-components';
import { useState } from 'react';
import type { PersonDetail, PersonLicense } from '../api/people.ts';
import { paths } from '../paths.ts';
import { LicenseCell, ReasonCell } from '../status/status-cells.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { RouterLink } from '../ui/links.tsx';
import { RelativeTime } from '../ui/relative-time.tsx';
import { RowTitle } from '../ui/row-title.tsx';
import { SectionNote } from '../ui/section-note.tsx';
import { Section } from '../ui/section.tsx';
import type { Column } from '../ui/table-model.ts';
import { WhyCell } from '../why/why-cell.tsx';
import { WhyDrawer } from '../why/why-drawer.tsx';

const platforms = { ios: 'iOS/iPadOS', macos: 'macOS', book: 'Book' } as const;

const columnsOf = (onWhy: (row: PersonLicense) => void): readonly Column<PersonLicense>[] => [
  {
    id: 'title',
    header: 'App or book',
    width: 'minmax(0, 2fr)',
    cell: (row) => (
      <RowTitle aside={`${platforms[row.platform]} · ${row.tokenName}`}>
        <RouterLink {...(row.platform === 'book' ? paths.book(row.appId) : paths.app(row.appId))}>
          {row.name}
        </RouterLink>
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
    id: 'reason',
    header: 'Why',
    width: 'minmax(0, 2.5fr)',
    cell: (row) => (
      <WhyCell onWhy={() => onWhy(row)}>
        <Reason row={row} />
      </WhyCell>
    ),
  },
];

function Reason({ row }: { readonly row: PersonLicense }) {
  if (row.hold === null) return <ReasonCell reason={row.reason} />;
  return (
    <Caption1>
      Taken back by {row.hold.by} <RelativeTime at={row.hold.at} />: “{row.hold.reason}”. Held back
      until the hold is lifted.
    </Caption1>
  );
}

/** The user licenses of a person: those they have, wait for, or were taken by hand. */
export function PersonLicenses({ person }: { readonly person: PersonDetail }) {
  const [asked, setAsked] = useState<PersonLicense>();
  const [columns] = useState(() => columnsOf(setAsked));
  return (
    <Section title="User licenses">
      {person.licenses.length === 0 ? (
        <SectionNote>
          None. Apps and books that are assigned to groups of people with user licenses show here;
          device licenses show with each device.
        </SectionNote>
      ) : (
        <DataTable
          label="User licenses"
          rows={person.licenses}
          columns={columns}
          idOf={(row) => row.appId}
        />
      )}
      {asked !== undefined && (
        <WhyDrawer
          subject={{
            of: asked.platform === 'book' ? 'books' : 'apps',
            titleId: asked.appId,
            titleName: asked.name,
            who: 'people',
            whoId: person.id,
            whoName: person.displayName,
          }}
          onClose={() => setAsked(undefined)}
        />
      )}
    </Section>
  );
}
