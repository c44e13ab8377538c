import { Button, Text, makeStyles, tokens } from '@fluentui/react-components';
import { KeyMultipleRegular } from '@fluentui/react-icons/svg/key-multiple';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import {
  type ServerToken,
  deleteServerToken,
  serverTokensQuery,
} from '../api/device-enrollment.ts';
import { ExpiryChip } from '../tokens/token-chips.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { useNotify } from '../ui/notify.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { RelativeTime } from '../ui/relative-time.tsx';
import { RowTitle } from '../ui/row-title.tsx';
import { Section } from '../ui/section.tsx';
import { RowsSkeleton } from '../ui/skeletons.tsx';
import type { Column } from '../ui/table-model.ts';
import { TwoLines } from '../ui/two-lines.tsx';
import { ServerTokenDrawer } from './server-token-drawer.tsx';

const useStyles = makeStyles({
  buttons: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS },
});

interface Acts {
  readonly onRenew: (token: ServerToken) => void;
  readonly onDelete: (token: ServerToken) => void;
}

const columnsOf = (acts: Acts): readonly Column<ServerToken>[] => [
  {
    id: 'name',
    header: 'Name',
    width: 'minmax(0, 2fr)',
    cell: (token) => <RowTitle aside={token.consumerKey}>{token.displayName}</RowTitle>,
  },
  {
    id: 'expires',
    header: 'Expires',
    width: 'minmax(0, 1fr)',
    cell: (token) => <ExpiryChip at={token.expiresDateTime} />,
  },
  {
    id: 'uploaded',
    header: 'Uploaded',
    width: 'minmax(0, 1fr)',
    cell: (token) => (
      <TwoLines aside={token.uploadedBy}>
        <RelativeTime at={token.uploadedDateTime} />
      </TwoLines>
    ),
  },
  {
    id: 'acts',
    header: '',
    width: '168px',
    cell: (token) => <TokenButtons token={token} {...acts} />,
  },
];

function TokenButtons({ token, onRenew, onDelete }: Acts & { readonly token: ServerToken }) {
  const styles = useStyles();
  return (
    <div className={styles.buttons}>
      <Button size="small" aria-label={`Renew ${token.displayName}`} onClick={() => onRenew(token)}>
        Renew…
      </Button>
      <Button
        size="small"
        aria-label={`Delete ${token.displayName}`}
        onClick={() => onDelete(token)}
      >
        Delete…
      </Button>
    </div>
  );
}

/** Tokens of automated device enrollment, which is another thing than a content token (behavior 24). */
export function ServerTokensSection() {
  const tokens = useQuery(serverTokensQuery);
  const [open, setOpen] = useState<{ readonly renews: ServerToken | undefined }>();
  const [deleting, setDeleting] = useState<ServerToken>();
  const [columns] = useState(() =>
    columnsOf({ onRenew: (renews) => setOpen({ renews }), onDelete: setDeleting }),
  );
  const add = <Button onClick={() => setOpen({ renews: undefined })}>Add token…</Button>;
  return (
    <Section
      title="Device enrollment tokens"
      action={(tokens.data?.length ?? 0) > 0 ? add : undefined}
    >
      <QueryView query={tokens} what="the tokens" loading={<RowsSkeleton rows={1} />}>
        {(all) =>
          all.length === 0 ? (
            <EmptyState
              icon={<KeyMultipleRegular />}
              title="No device enrollment token"
              action={add}
            >
              The server token of Apple’s automated device enrollment is another one than a content
              token. It is kept here, and you are told before it ends.
            </EmptyState>
          ) : (
            <DataTable
              label="Device enrollment tokens"
              rows={all}
              columns={columns}
              idOf={(token) => token.id}
            />
          )
        }
      </QueryView>
      {open !== undefined && (
        <ServerTokenDrawer renews={open.renews} onClose={() => setOpen(undefined)} />
      )}
      {deleting !== undefined && (
        <DeleteDialog token={deleting} onClose={() => setDeleting(undefined)} />
      )}
    </Section>
  );
}

interface DeleteDialogProps {
  readonly token: ServerToken;
  readonly onClose: () => void;
}

function DeleteDialog({ token, onClose }: DeleteDialogProps) {
  const client = useQueryClient();
  const notify = useNotify();
  const deleting = useMutation({
    mutationFn: async () => deleteServerToken(token.id),
    onSuccess: async () => {
      await client.invalidateQueries(serverTokensQuery);
      notify.done('Token deleted');
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={`Delete ${token.displayName}?`}
      act="Delete token"
      danger
      pending={deleting.isPending}
      error={deleting.error}
      onConfirm={() => deleting.mutate()}
      onClose={onClose}
    >
      <Text>It is forgotten here. At Apple it stays good until it ends or is replaced.</Text>
    </ConfirmDialog>
  );
}
