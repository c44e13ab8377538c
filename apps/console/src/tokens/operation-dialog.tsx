import { Body1, Field, Input, makeStyles, tokens } from '@fluentui/react-components';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import {
  beginOperation,
  operationPlanQuery,
  type Token,
  type TokenOperation,
  tokensQuery,
} from '../api/tokens.ts';
import { paths } from '../paths.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { useNotify } from '../ui/notify.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { RowsSkeleton } from '../ui/skeletons.tsx';

const useStyles = makeStyles({
  list: { margin: 0, paddingLeft: tokens.spacingHorizontalXL },
});

const wordings: Readonly<
  Record<TokenOperation, { readonly title: string; readonly act: string; readonly done: string }>
> = {
  revoke: {
    title: 'Revoke all licenses of',
    act: 'Revoke licenses',
    done: 'The licenses are being taken back',
  },
  delete: { title: 'Delete', act: 'Delete token', done: 'The token is being deleted' },
};

interface OperationDialogProps {
  readonly token: Token;
  readonly operation: TokenOperation;
  readonly onClose: () => void;
}

/** Says plainly what happens and what does not, as the server has planned it, and asks why. */
export function OperationDialog({ token, operation, onClose }: OperationDialogProps) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const notify = useNotify();
  const [reason, setReason] = useState('');
  const plan = useQuery(operationPlanQuery(token.id, operation));
  const wording = wordings[operation];
  const beginning = useMutation({
    mutationFn: async (agreed: number) =>
      beginOperation(token.id, operation, { reason: reason.trim(), agreed }),
    onSuccess: async () => {
      notify.done(wording.done);
      onClose();
      if (operation === 'delete') await navigate(paths.tokens());
      await client.invalidateQueries(tokensQuery);
    },
  });
  return (
    <ConfirmDialog
      title={`${wording.title} ${token.displayName}?`}
      act={wording.act}
      danger
      pending={beginning.isPending}
      disabled={plan.data === undefined || reason.trim() === ''}
      error={beginning.error}
      onConfirm={() => plan.data !== undefined && beginning.mutate(plan.data.licenses.ours)}
      onClose={onClose}
    >
      <QueryView query={plan} what="the plan" loading={<RowsSkeleton rows={3} />}>
        {({ will, willNot }) => (
          <>
            <Sentences title="What happens:" sentences={will} />
            <Sentences title="What does not happen:" sentences={willNot} />
          </>
        )}
      </QueryView>
      <Field label="Reason" required hint="Kept in the audit log.">
        <Input value={reason} onChange={(_, { value }) => setReason(value)} />
      </Field>
    </ConfirmDialog>
  );
}

interface SentencesProps {
  readonly title: string;
  readonly sentences: readonly string[];
}

function Sentences({ title, sentences }: SentencesProps) {
  const styles = useStyles();
  return (
    <>
      <Body1>{title}</Body1>
      <ul className={styles.list}>
        {sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </>
  );
}
