import {
  Button,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
} from '@fluentui/react-components';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Operation, cancelOperation, operationsQuery } from '../api/tokens.ts';
import { formatNumber } from '../format/numbers.ts';
import { useNotify } from '../ui/notify.tsx';

const titles: Readonly<Record<Operation['kind'], string>> = {
  revokeAll: 'All licenses are being taken back',
  deleteToken: 'This token is being deleted',
};

/** How far an operation on the whole location is, and how to stop it. */
export function OperationBanners({ tokenId }: { readonly tokenId: string }) {
  const operations = useQuery(operationsQuery(tokenId));
  return (operations.data ?? []).map((operation) => (
    <OperationBanner key={operation.id} operation={operation} />
  ));
}

function OperationBanner({ operation }: { readonly operation: Operation }) {
  const client = useQueryClient();
  const notify = useNotify();
  const canceling = useMutation({
    mutationFn: async () => cancelOperation(operation.id),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['tokens'] });
      notify.done('Canceled; what Apple was asked for goes on');
    },
    onError: (error) => notify.failed('It was not canceled', error),
  });
  const { kind, done, total, waitsFor, requestedBy, reason } = operation;
  return (
    <MessageBar intent="info" layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>
          {titles[kind]}
          {total > 0 && `: ${formatNumber(done)} of ${formatNumber(total)}`}.
        </MessageBarTitle>
        {requestedBy}: “{reason}”. {waitsFor}
      </MessageBarBody>
      <MessageBarActions>
        <Button disabled={canceling.isPending} onClick={() => canceling.mutate()}>
          Cancel it
        </Button>
      </MessageBarActions>
    </MessageBar>
  );
}
