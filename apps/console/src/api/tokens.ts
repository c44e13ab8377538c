import { queryOptions } from '@tanstack/react-query';
import { type Listing, get, patch, post } from './http.ts';

export interface Country {
  /** ISO 3166-1 alpha-2, upper case. */
  readonly code: string;
  readonly name: string;
}

export type TokenState =
  | 'unknown'
  | 'valid'
  | 'expired'
  | 'invalid'
  | 'assignedToExternalMDM'
  | 'duplicateLocationId';

export type AccountType = 'business' | 'education';

export interface TokenInspection {
  readonly organizationName: string;
  readonly expirationDateTime: string;
  readonly uId: string;
  readonly locationName: string | null;
  readonly country: string | null;
  readonly owner: { readonly id: string; readonly name: string; readonly ours: boolean } | null;
  /** The token of the same location that is here already. */
  readonly present: { readonly id: string; readonly displayName: string } | null;
}

export interface SyncProgress {
  readonly state: 'waiting' | 'running' | 'completed' | 'failed';
  readonly phase: 'waiting' | 'location' | 'assets' | 'assignments' | 'catalog' | 'done';
  readonly pagesDone: number;
  readonly pagesTotal: number | null;
  readonly rowsRead: number;
  readonly startedDateTime: string | null;
}

export interface SyncRun extends SyncProgress {
  readonly id: string;
  readonly trigger: 'first' | 'schedule' | 'manual' | 'notification';
  readonly requestedBy: string | null;
  readonly error: string | null;
  readonly createdDateTime: string;
  readonly finishedDateTime: string | null;
}

export interface TokenLocation {
  readonly uid: string;
  readonly name: string;
  readonly owner: string;
  readonly paused: { readonly at: string; readonly by: string; readonly reason: string } | null;
  readonly notifications: 'off' | 'on' | 'failed';
  readonly notificationsError: string | null;
  readonly lastNotificationDateTime: string | null;
  readonly openChanges: number;
  readonly requestsInFlight: number;
  readonly brake: {
    readonly pulledAt: string;
    readonly waiting: number;
    readonly allowed: number;
  } | null;
  /** Nothing is granted there before somebody opens it again: all licenses were taken back. */
  readonly closed: { readonly at: string; readonly by: string; readonly reason: string } | null;
}

export interface Token {
  readonly id: string;
  readonly displayName: string;
  readonly appleId: string;
  readonly organizationName: string;
  readonly locationUid: string;
  readonly locationName: string;
  readonly accountType: AccountType;
  readonly countryOrRegion: string;
  readonly automaticallyUpdateApps: boolean;
  readonly state: TokenState;
  readonly stateReason: string | null;
  readonly expirationDateTime: string;
  readonly lastSyncDateTime: string | null;
  readonly lastSyncStatus: 'none' | 'inProgress' | 'completed' | 'failed';
  readonly lastSyncError: string | null;
  readonly nextSyncDateTime: string | null;
  readonly sync: SyncProgress | null;
  readonly location: TokenLocation;
  readonly apps: number;
  readonly books: number;
  /** Without unlimited titles. */
  readonly ownedLicenses: number;
  readonly heldLicenses: number;
  readonly waitingLicenses: number;
}

/** What the form of a new token sends; `token` is the text of Apple's file. */
export interface TokenInput {
  readonly token: string;
  readonly displayName: string;
  readonly appleId: string;
  readonly vppTokenAccountType: AccountType;
  readonly countryOrRegion: string;
  readonly automaticallyUpdateApps: boolean;
  readonly claimTokenManagementFromExternalMdm: boolean;
  readonly dataSharingConsentGranted: boolean;
}

/** A second token of a location that has one already: it stands by, and only on request. */
export interface NewToken extends TokenInput {
  readonly allowDuplicate?: boolean;
}

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: async ({ signal }) => (await get<Listing<Token>>('/api/tokens', {}, signal)).value,
});

export const syncsQuery = (tokenId: string) =>
  queryOptions({
    queryKey: ['syncs', tokenId],
    queryFn: async ({ signal }) =>
      (await get<Listing<SyncRun>>(`/api/tokens/${tokenId}/syncs`, { top: 20 }, signal)).value,
  });

export const countriesQuery = queryOptions({
  queryKey: ['countries'],
  queryFn: async ({ signal }) => (await get<Listing<Country>>('/api/countries', {}, signal)).value,
  staleTime: Number.POSITIVE_INFINITY,
});

/** Reads a token file without saving anything. */
export async function inspectToken(token: string): Promise<TokenInspection> {
  return post<TokenInspection>('/api/tokens/inspect', { token });
}

const vppTokens = '/beta/deviceAppManagement/vppTokens';

/** Answers the id of the new token. */
export async function createToken(input: NewToken): Promise<string> {
  return (await post<{ readonly id: string }>(vppTokens, input)).id;
}

/** Changes the given fields; with `token` the token is renewed. */
export async function updateToken(id: string, input: Partial<TokenInput>): Promise<void> {
  await patch(`${vppTokens}/${id}`, input);
}

/** What takes a while on the whole location of a token. */
export type TokenOperation = 'revoke' | 'delete';

/** What an operation will do and what it will not, named beforehand. */
export interface OperationPlan {
  readonly licenses: { readonly ours: number };
  readonly will: readonly string[];
  readonly willNot: readonly string[];
}

export const operationPlanQuery = (tokenId: string, operation: TokenOperation) =>
  queryOptions({
    queryKey: ['operation-plan', tokenId, operation],
    queryFn: async ({ signal }) =>
      get<OperationPlan>(`/api/tokens/${tokenId}/${operation}-plan`, {}, signal),
    staleTime: 0,
  });

/** One that goes on, or has ended. */
export interface Operation {
  readonly id: string;
  readonly kind: 'revokeAll' | 'deleteToken';
  readonly state: string;
  readonly done: number;
  readonly total: number;
  /** Why it does not go on now, in a sentence. */
  readonly waitsFor: string | null;
  readonly requestedBy: string;
  readonly reason: string;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

/** The operations of a token that have not ended. */
export const operationsQuery = (tokenId: string) =>
  queryOptions({
    queryKey: ['tokens', 'operations', tokenId],
    queryFn: async ({ signal }) => {
      const { value } = await get<Listing<Operation>>(
        '/api/operations',
        { tokenId, top: 20 },
        signal,
      );
      return value.filter(({ finishedAt }) => finishedAt === null);
    },
    refetchInterval: ({ state }) => ((state.data?.length ?? 0) > 0 ? 3000 : false),
  });

/** It takes no further step. What Apple was asked for goes on. */
export async function cancelOperation(id: string): Promise<void> {
  await post(`/api/operations/${id}/cancel`);
}

/** Begins it, as it was planned. */
export async function beginOperation(
  tokenId: string,
  operation: TokenOperation,
  order: { readonly reason: string; readonly agreed: number },
): Promise<void> {
  const act = operation === 'revoke' ? 'revoke-licenses' : 'delete';
  await post(`/api/tokens/${tokenId}/${act}`, order);
}

export async function syncToken(id: string): Promise<void> {
  await post(`${vppTokens}/${id}/syncLicenses`);
}

export const locationActs = [
  'pause',
  'resume',
  'release-brake',
  'reopen',
  'rotate-notification-secret',
] as const;
export type LocationAct = (typeof locationActs)[number];

/** What an administrator does about a location; the reason goes into the audit log. */
export async function actOnLocation(uid: string, act: LocationAct, reason: string): Promise<void> {
  await post(`/api/locations/${encodeURIComponent(uid)}/${act}`, { reason });
}
