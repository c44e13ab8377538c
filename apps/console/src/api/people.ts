import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { type Listing, type Page, get, nextSkip } from './http.ts';
import type { InstallStatus, Reason } from './status.ts';

export type PersonAtApple = 'refused' | 'absent' | 'registered' | 'associated' | 'retired';

export interface PersonRow {
  readonly id: string;
  readonly displayName: string;
  readonly userPrincipalName: string;
  readonly department: string | null;
  readonly accountEnabled: boolean;
  /** Managed devices. */
  readonly devices: number;
  /** User licenses that are there, and those that are waited for. */
  readonly licenses: number;
  readonly waiting: number;
  /** How far Apple is, of all locations the furthest behind; null: nothing of theirs needs Apple yet. */
  readonly atApple: PersonAtApple | null;
}

export interface PersonLicense extends Pick<InstallStatus, 'license' | 'reason'> {
  readonly appId: string;
  readonly platform: 'ios' | 'macos' | 'book';
  readonly name: string;
  readonly tokenName: string;
  /** Taken back by hand: no assignment grants it before the hold is lifted. */
  readonly hold: { readonly reason: string; readonly by: string; readonly at: string } | null;
}

export interface PersonDevice {
  readonly id: string;
  readonly name: string;
  readonly serialNumber: string;
  readonly family: string | null;
  readonly osVersion: string | null;
  readonly managementState: string;
  readonly lastCheckInDateTime: string | null;
}

export interface PersonDetail {
  readonly id: string;
  readonly displayName: string;
  readonly userPrincipalName: string;
  readonly mail: string | null;
  readonly department: string | null;
  readonly jobTitle: string | null;
  readonly managedAppleId: string | null;
  readonly accountEnabled: boolean;
  readonly devices: readonly PersonDevice[];
  readonly licenses: readonly PersonLicense[];
}

/** What Apple knows of a person at one location. */
export interface AppleUser {
  readonly locationUid: string;
  readonly state: Exclude<PersonAtApple, 'refused'>;
  /** A request to Apple about the person is open. */
  readonly underway: boolean;
  readonly sharesAccountWith: readonly string[];
  readonly otherAccountOn: readonly string[];
  readonly mixedEnrollments: boolean;
  readonly reason: Reason | null;
  /** Where the invitation was shown on a device, and when it is shown again; null: nowhere yet. */
  readonly invitation: {
    readonly serialNumber: string | null;
    readonly shownAt: string | null;
    /** Why the device did not show it when it was last told to. */
    readonly refusal: Reason | null;
    readonly tries: number;
    readonly nextAt: string | null;
  } | null;
  /** Whoever opens it ties their own Apple Account to the person; null when there is none, or for readers. */
  readonly invitationUrl: string | null;
}

export const peoplePagesQuery = (search: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ['people', 'list', search ?? ''],
    queryFn: async ({ signal, pageParam }) =>
      get<Page<PersonRow>>('/api/people', { search, top: 200, skip: pageParam }, signal),
    initialPageParam: 0,
    getNextPageParam: nextSkip,
  });

export const personQuery = (id: string) =>
  queryOptions({
    queryKey: ['people', 'one', id],
    queryFn: async ({ signal }) => get<PersonDetail>(`/api/people/${id}`, {}, signal),
  });

export const appleUsersQuery = (id: string) =>
  queryOptions({
    queryKey: ['people', 'apple-users', id],
    queryFn: async ({ signal }) =>
      (await get<Listing<AppleUser>>(`/api/people/${id}/apple-users`, {}, signal)).value,
  });
