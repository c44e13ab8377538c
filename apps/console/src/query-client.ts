import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from './api/http.ts';
import { forgetSession } from './api/session.ts';

const mostRetries = 2;

/** Reads are repeated when the server is away; a session that ended leads back to the sign-in page. */
export function createQueryClient(): QueryClient {
  const signedOut = (error: Error): void => {
    if (error instanceof ApiError && error.status === 401) forgetSession(client);
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: signedOut }),
    mutationCache: new MutationCache({ onError: signedOut }),
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        retry: (failures, error) => failures < mostRetries && isPassing(error),
      },
    },
  });
  return client;
}

function isPassing(error: Error): boolean {
  return !(error instanceof ApiError) || error.status === 0 || error.status >= 500;
}
