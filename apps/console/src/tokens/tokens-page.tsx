import { Button, Link } from '@fluentui/react-components';
import { AddRegular } from '@fluentui/react-icons/svg/add';
import { KeyRegular } from '@fluentui/react-icons/svg/key';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Token, tokensQuery } from '../api/tokens.ts';
import { counted, formatNumber } from '../format/numbers.ts';
import { paths } from '../paths.ts';
import { DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { RouterLink } from '../ui/links.tsx';
import { Page } from '../ui/page.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { RowTitle } from '../ui/row-title.tsx';
import { RowsSkeleton } from '../ui/skeletons.tsx';
import { Surface } from '../ui/surface.tsx';
import type { Column } from '../ui/table-model.ts';
import { TwoLines } from '../ui/two-lines.tsx';
import { CreateTokenDrawer } from './create-token-drawer.tsx';
import { EditTokenDrawer } from './edit-token-drawer.tsx';
import { SingleProductNote } from './single-product-note.tsx';
import { SyncCell } from './sync-status.tsx';
import { ExpiryChip, NotificationsChip, TokenChip, placeOf, troubleOf } from './token-chips.tsx';

const columns: readonly Column<Token>[] = [
  {
    id: 'name',
    header: 'Name',
    width: 'minmax(0, 2.2fr)',
    cell: (token) => (
      <RowTitle aside={placeOf(token)}>
        <RouterLink {...paths.token(token.id)}>{token.displayName}</RouterLink>
      </RowTitle>
    ),
  },
  {
    id: 'state',
    header: 'State',
    width: 'minmax(0, 1.6fr)',
    cell: (token) => (
      <TwoLines aside={troubleOf(token)}>
        <TokenChip token={token} />
      </TwoLines>
    ),
  },
  {
    id: 'expires',
    header: 'Expires',
    width: 'minmax(0, 1fr)',
    cell: (token) => <ExpiryChip at={token.expirationDateTime} />,
  },
  {
    id: 'sync',
    header: 'Last sync',
    width: 'minmax(0, 1.8fr)',
    cell: (token) => <SyncCell token={token} />,
  },
  {
    id: 'notifications',
    header: 'Notifications',
    width: '104px',
    cell: (token) => <NotificationsChip token={token} />,
  },
  {
    id: 'licenses',
    header: 'Licenses held',
    width: 'minmax(0, 1.3fr)',
    align: 'end',
    cell: (token) => (
      <TwoLines
        aside={
          token.waitingLicenses === 0 ? undefined : `${formatNumber(token.waitingLicenses)} waiting`
        }
      >
        {formatNumber(token.heldLicenses)} of {formatNumber(token.ownedLicenses)}
      </TwoLines>
    ),
  },
];

interface Renewal {
  readonly tokenId: string;
  readonly file: { readonly name: string; readonly text: string };
}

export function TokensPage() {
  const tokens = useQuery(tokensQuery);
  const [isCreating, setCreating] = useState(false);
  const [renewal, setRenewal] = useState<Renewal>();
  const renewed = tokens.data?.find((token) => token.id === renewal?.tokenId);
  const create = (
    <Button appearance="primary" icon={<AddRegular />} onClick={() => setCreating(true)}>
      Create
    </Button>
  );
  return (
    <Page
      title="Content tokens"
      aside={tokens.data === undefined ? ' ' : counted(tokens.data.length, 'token')}
      actions={tokens.data?.length === 0 ? undefined : create}
    >
      <Surface>
        <QueryView query={tokens} what="the tokens" loading={<RowsSkeleton rows={3} />}>
          {(all) =>
            all.length === 0 ? (
              <NoTokens action={create} />
            ) : (
              <DataTable
                label="Content tokens"
                rows={all}
                columns={columns}
                idOf={(token) => token.id}
              />
            )
          }
        </QueryView>
      </Surface>
      <SingleProductNote />
      {isCreating && (
        <CreateTokenDrawer
          onClose={() => setCreating(false)}
          onRenew={(tokenId, file) => {
            setCreating(false);
            setRenewal({ tokenId, file });
          }}
        />
      )}
      {renewed !== undefined && (
        <EditTokenDrawer
          token={renewed}
          file={renewal?.file}
          onClose={() => setRenewal(undefined)}
        />
      )}
    </Page>
  );
}

function NoTokens({ action }: { readonly action: React.ReactNode }) {
  return (
    <EmptyState icon={<KeyRegular />} title="Bring your first content token" action={action}>
      A content token lets Allotment assign the licenses of one location. Sign in to{' '}
      <Link href="https://business.apple.com" target="_blank" rel="noreferrer" inline>
        Apple Business Manager
      </Link>{' '}
      or{' '}
      <Link href="https://school.apple.com" target="_blank" rel="noreferrer" inline>
        Apple School Manager
      </Link>
      , choose your name, Preferences, Payments and Billing, and download the token of the location
      under Content Tokens. Then create it here. Until there is a token, there are no apps.
    </EmptyState>
  );
}
