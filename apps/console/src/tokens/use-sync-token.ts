import { useMutation, useQueryClient } from '@tanstack/react-query';
import { syncToken, tokensQuery } from '../api/tokens.ts';
import { useNotify } from '../ui/notify.tsx';

/** Sync now; the progress then shows by itself. */
export function useSyncToken() {
  const client = useQueryClient();
  const notify = useNotify();
  return useMutation({
    mutationFn: syncToken,
    onSuccess: async () => client.invalidateQueries(tokensQuery),
    onError: (error) => notify.failed('The sync did not start', error),
  });
}
