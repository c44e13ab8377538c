import { infiniteQueryOptions } from '@tanstack/react-query';
import { type Page, get, nextSkip } from './http.ts';

export interface AuditEntry {
  readonly id: string | number;
  readonly at: string;
  readonly actor: { readonly kind: string; readonly name: string };
  readonly action: string;
  readonly target: { readonly kind: string; readonly id: string; readonly name: string | null };
  readonly reason: string | null;
  readonly detail: Readonly<Record<string, unknown>> | null;
}

export const auditQuery = infiniteQueryOptions({
  queryKey: ['audit'],
  queryFn: async ({ signal, pageParam }) =>
    get<Page<AuditEntry>>('/api/audit', { top: 100, skip: pageParam }, signal),
  initialPageParam: 0,
  getNextPageParam: nextSkip,
});
