import {
  Button,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
} from '@fluentui/react-components';
import { ArrowSyncRegular } from '@fluentui/react-icons/svg/arrow-sync';
import { EditRegular } from '@fluentui/react-icons/svg/edit';
import { MoreHorizontalRegular } from '@fluentui/react-icons/svg/more-horizontal';
import { SearchInfoRegular } from '@fluentui/react-icons/svg/search-info';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import {
  type LocationAct,
  type Token,
  type TokenOperation,
  locationActs,
  tokensQuery,
} from '../api/tokens.ts';
import { paths } from '../paths.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { RouterLink } from '../ui/links.tsx';
import { Page } from '../ui/page.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { PageSkeleton } from '../ui/skeletons.tsx';
import { DriftReport } from './drift-report.tsx';
import { EditTokenDrawer } from './edit-token-drawer.tsx';
import { LocationActDialog } from './location-act-dialog.tsx';
import { OperationBanners } from './operation-banners.tsx';
import { OperationDialog } from './operation-dialog.tsx';
import { LocationBanners } from './location-banners.tsx';
import { SingleProductNote } from './single-product-note.tsx';
import { SyncHistory } from './sync-history.tsx';
import { isSyncing } from './sync-status.tsx';
import { TakeOverDialog } from './take-over-dialog.tsx';
import { placeOf } from './token-chips.tsx';
import { TokenFacts } from './token-facts.tsx';
import { useSyncToken } from './use-sync-token.ts';

export function TokenPage() {
  const { tokenId } = useParams({ from: '/tokens/$tokenId' });
  const tokens = useQuery(tokensQuery);
  return (
    <QueryView query={tokens} what="the token" loading={<PageSkeleton />}>
      {(all) => {
        const token = all.find(({ id }) => id === tokenId);
        return token === undefined ? (
          <EmptyState
            icon={<SearchInfoRegular />}
            title="There is no such token"
            action={<RouterLink {...paths.tokens()}>All tokens</RouterLink>}
          >
            It may have been deleted.
          </EmptyState>
        ) : (
          <TokenScreen token={token} />
        );
      }}
    </QueryView>
  );
}

type Open = LocationAct | TokenOperation | 'edit' | 'take-over';

function TokenScreen({ token }: { readonly token: Token }) {
  const [open, setOpen] = useState<Open>();
  const close = (): void => setOpen(undefined);
  const act = locationActs.find((one) => one === open);
  return (
    <Page
      title={token.displayName}
      aside={placeOf(token)}
      back={<RouterLink {...paths.tokens()}>Tokens</RouterLink>}
      actions={<TokenActions token={token} onOpen={setOpen} />}
    >
      <OperationBanners tokenId={token.id} />
      <LocationBanners token={token} onAct={setOpen} onTakeOver={() => setOpen('take-over')} />
      <TokenFacts token={token} />
      <DriftReport locationUid={token.locationUid} />
      <SyncHistory token={token} />
      <SingleProductNote />
      {open === 'edit' && <EditTokenDrawer token={token} onClose={close} />}
      {open === 'take-over' && <TakeOverDialog token={token} onClose={close} />}
      {(open === 'delete' || open === 'revoke') && (
        <OperationDialog token={token} operation={open} onClose={close} />
      )}
      {act !== undefined && <LocationActDialog token={token} act={act} onClose={close} />}
    </Page>
  );
}

interface TokenActionsProps {
  readonly token: Token;
  readonly onOpen: (open: Open) => void;
}

function TokenActions({ token, onOpen }: TokenActionsProps) {
  const syncing = useSyncToken();
  return (
    <>
      <Button
        appearance="primary"
        icon={<ArrowSyncRegular />}
        disabled={isSyncing(token) || syncing.isPending}
        onClick={() => syncing.mutate(token.id)}
      >
        {isSyncing(token) ? 'Syncing' : 'Sync now'}
      </Button>
      <Button icon={<EditRegular />} onClick={() => onOpen('edit')}>
        Edit or renew
      </Button>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button icon={<MoreHorizontalRegular />} aria-label="More actions" />
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            {token.location.paused === null ? (
              <MenuItem onClick={() => onOpen('pause')}>Pause location…</MenuItem>
            ) : (
              <MenuItem onClick={() => onOpen('resume')}>Resume location…</MenuItem>
            )}
            <MenuItem onClick={() => onOpen('rotate-notification-secret')}>
              Renew notification secret…
            </MenuItem>
            <MenuItem onClick={() => onOpen('revoke')}>Revoke all licenses…</MenuItem>
            <MenuItem onClick={() => onOpen('delete')}>Delete token…</MenuItem>
          </MenuList>
        </MenuPopover>
      </Menu>
    </>
  );
}
