import { Button } from '@fluentui/react-components';
import { PlugDisconnectedRegular } from '@fluentui/react-icons/svg/plug-disconnected';
import { SearchInfoRegular } from '@fluentui/react-icons/svg/search-info';
import type { ReactNode } from 'react';
import { ApiError } from '../api/http.ts';
import { EmptyState } from './empty-state.tsx';

interface QueryViewProps<T> {
  readonly query: {
    readonly data: T | undefined;
    readonly error: Error | null;
    readonly refetch: () => Promise<unknown>;
  };
  /** What is read, such as "the tokens". */
  readonly what: string;
  readonly loading: ReactNode;
  readonly children: (data: T) => ReactNode;
}

/** What a query answered; or that it is loading; or why it failed and what to do. None can be forgotten. */
export function QueryView<T>({ query, what, loading, children }: QueryViewProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error === null) return loading;
  if (query.error instanceof ApiError && query.error.status === 404) {
    return (
      <EmptyState icon={<SearchInfoRegular />} title="Not found">
        {query.error.message}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={<PlugDisconnectedRegular />}
      title={`Cannot load ${what}`}
      action={<Button onClick={() => void query.refetch()}>Try again</Button>}
    >
      {query.error.message}
    </EmptyState>
  );
}
