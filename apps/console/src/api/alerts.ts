import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { type Page, get, nextSkip, post } from './http.ts';
import type { Reason } from './status.ts';

export type AlertState = 'open' | 'closed';

/** Something that somebody should look at. */
export interface Alert {
  readonly id: string;
  readonly kind: string;
  readonly severity: 'information' | 'warning' | 'critical';
  readonly subject: {
    readonly kind: 'token' | 'location' | 'app' | 'device' | 'server' | 'command';
    readonly id: string;
    readonly name: string;
  };
  readonly reason: Reason;
  readonly seen: { readonly at: string; readonly by: string } | null;
  readonly openedDateTime: string;
  readonly changedDateTime: string;
  readonly closedDateTime: string | null;
}

/** Those that nobody has seen come first, then the most severe. */
export const alertsQuery = (state: AlertState) =>
  infiniteQueryOptions({
    queryKey: ['alerts', state],
    queryFn: async ({ signal, pageParam }) =>
      get<Page<Alert>>('/api/alerts', { state, top: 100, skip: pageParam }, signal),
    initialPageParam: 0,
    getNextPageParam: nextSkip,
  });

/** As many as the bell counts. */
export const mostCounted = 100;

/** The open alerts that nobody has seen, up to `mostCounted`. */
export const unseenQuery = queryOptions({
  queryKey: ['alerts', 'unseen'],
  queryFn: async ({ signal }) => {
    const { value } = await get<Page<Alert>>('/api/alerts', { top: mostCounted }, signal);
    return value.filter(({ seen }) => seen === null);
  },
});

/** It moves down the list until it grows. */
export async function markSeen(id: string): Promise<void> {
  await post(`/api/alerts/${id}/seen`);
}
