import { Body1 } from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type Token, tokensQuery, updateToken } from '../api/tokens.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { useNotify } from '../ui/notify.tsx';

interface TakeOverDialogProps {
  readonly token: Token;
  readonly onClose: () => void;
}

/** Asks once more before a location is taken from the product that manages it. */
export function TakeOverDialog({ token, onClose }: TakeOverDialogProps) {
  const client = useQueryClient();
  const notify = useNotify();
  const { owner, name } = token.location;
  const taking = useMutation({
    mutationFn: async () => updateToken(token.id, { claimTokenManagementFromExternalMdm: true }),
    onSuccess: async () => {
      await client.invalidateQueries(tokensQuery);
      notify.done(`“${name}” is being taken over`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={`Take “${name}” over from ${owner}?`}
      act="Take over"
      danger
      pending={taking.isPending}
      error={taking.error}
      onConfirm={() => taking.mutate()}
      onClose={onClose}
    >
      <Body1>
        {owner} loses this location at Apple. Allotment reads it anew and goes on with what is
        assigned here. What {owner} has assigned stays as it is and is counted as taken.
      </Body1>
      <Body1>
        Apple does not support two products at once: remove the token from {owner} first, or it may
        take the location back.
      </Body1>
    </ConfirmDialog>
  );
}
