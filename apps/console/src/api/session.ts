import { type QueryClient, queryOptions } from '@tanstack/react-query';
import { ApiError, get, post } from './http.ts';

export interface Session {
  readonly administrator: { readonly id: string; readonly name: string; readonly role: string };
  readonly publicUrl: string;
}

export interface SignedOut {
  readonly signedOut: true;
  /** Nobody can sign in yet: the first administrator is made with the link the server prints. */
  readonly firstStart: boolean;
}

/** Who is signed in, or that nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<Session | SignedOut> => {
    try {
      return await get<Session>('/api/session', {}, signal);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      return { signedOut: true, firstStart: error.firstStart };
    }
  },
  staleTime: Number.POSITIVE_INFINITY,
});

export async function signIn(input: {
  readonly signInName: string;
  readonly password: string;
}): Promise<void> {
  await post('/api/sign-in', input);
}

export async function signOut(): Promise<void> {
  await post('/api/sign-out');
}

/** Forgets all that was read, and shows the sign-in page. */
export function forgetSession(client: QueryClient): void {
  const nobody: SignedOut = { signedOut: true, firstStart: false };
  client.setQueryData(sessionQuery.queryKey, nobody);
  client.removeQueries({ predicate: ({ queryKey }) => queryKey !== sessionQuery.queryKey });
}

/** Redeems the first-start link. */
export async function createFirstAdministrator(input: {
  readonly secret: string;
  readonly name: string;
  readonly signInName: string;
  readonly password: string;
}): Promise<void> {
  await post('/api/first-administrator', input);
}
