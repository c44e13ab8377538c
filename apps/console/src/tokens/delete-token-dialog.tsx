import { Body1, makeStyles, tokens } from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type Token, deleteToken, tokensQuery } from '../api/tokens.ts';
import { counted, formatNumber } from '../format/numbers.ts';
import { paths } from '../paths.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { useNotify } from '../ui/notify.tsx';

const useStyles = makeStyles({
  list: { margin: 0, paddingLeft: tokens.spacingHorizontalXL },
});

interface DeleteTokenDialogProps {
  readonly token: Token;
  readonly onClose: () => void;
}

/** Says plainly what deleting a token does, and what it does not. */
export function DeleteTokenDialog({ token, onClose }: DeleteTokenDialogProps) {
  const styles = useStyles();
  const client = useQueryClient();
  const navigate = useNavigate();
  const notify = useNotify();
  const deleting = useMutation({
    mutationFn: async () => deleteToken(token.id),
    onSuccess: async () => {
      notify.done(`Token “${token.displayName}” deleted`);
      await navigate(paths.tokens());
      await client.invalidateQueries(tokensQuery);
    },
  });
  return (
    <ConfirmDialog
      title={`Delete ${token.displayName}?`}
      act={deleting.isPending ? 'Deleting…' : 'Delete token'}
      danger
      pending={deleting.isPending}
      error={deleting.error}
      onConfirm={() => deleting.mutate()}
      onClose={onClose}
    >
      <Body1>What happens:</Body1>
      <ul className={styles.list}>
        <li>
          The token, its {counted(token.apps, 'app')} and {counted(token.books, 'book')} leave the
          console, with all assignments of these apps.
        </li>
      </ul>
      <Body1>What does not happen:</Body1>
      <ul className={styles.list}>
        <li>Nothing is removed from devices.</li>
        <li>
          No license is taken back: {formatNumber(token.heldLicenses)} stay assigned at Apple, and
          cannot be taken back from here once the token is gone.
        </li>
      </ul>
    </ConfirmDialog>
  );
}
