import { Body1, Field, Input } from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { useNotify } from './notify.tsx';

interface ReasonDialogProps {
  readonly title: string;
  readonly act: string;
  readonly danger?: boolean;
  /** What happens, and what does not. */
  readonly children: ReactNode;
  /** Does it; answers the notice that says what became of it. */
  readonly onAct: (reason: string) => Promise<string>;
  readonly onClose: () => void;
}

/** Asks once more, and why: the reason goes into the audit log. All that is shown is read anew afterwards. */
export function ReasonDialog(props: ReasonDialogProps) {
  const client = useQueryClient();
  const notify = useNotify();
  const [reason, setReason] = useState('');
  const acting = useMutation({
    mutationFn: async () => props.onAct(reason.trim()),
    onSuccess: async (notice) => {
      props.onClose();
      notify.done(notice);
      await client.invalidateQueries();
    },
  });
  return (
    <ConfirmDialog
      title={props.title}
      act={props.act}
      danger={props.danger ?? false}
      pending={acting.isPending}
      disabled={reason.trim() === ''}
      error={acting.error}
      onConfirm={() => acting.mutate()}
      onClose={props.onClose}
    >
      <Body1>{props.children}</Body1>
      <Field label="Reason" required hint="Kept in the audit log.">
        <Input value={reason} onChange={(_, { value }) => setReason(value)} />
      </Field>
    </ConfirmDialog>
  );
}
