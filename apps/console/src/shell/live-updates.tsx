import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { type LiveState, keepLive } from '../api/keep-live.ts';

/** Keeps every screen up to date while mounted. */
export function useLiveUpdates(): LiveState {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>('connecting');
  useEffect(
    () =>
      keepLive({
        connect: () => new EventSource('/api/events'),
        after: (ms, act) => {
          const timer = setTimeout(act, ms);
          return () => clearTimeout(timer);
        },
        random: Math.random,
        refresh: (keys) => {
          void client.invalidateQueries({
            predicate: ({ queryKey: [first] }) =>
              keys === undefined ? first !== 'countries' : keys.has(String(first)),
          });
        },
        tell: setState,
      }),
    [client],
  );
  return state;
}
