import { post } from './http.ts';

/** Whose licenses are meant: all of a device or a person, or those of an app. */
export interface LicenseScope {
  readonly of: 'devices' | 'people' | 'apps' | 'books';
  readonly id: string;
  /** Of an app: the devices and people that are meant; all holders unless given. */
  readonly serialNumbers?: readonly string[];
  readonly personIds?: readonly string[];
}

/** What became of them. */
export interface Revoked {
  readonly revoked: number;
  /** Books: Apple never takes them back. */
  readonly irrevocable: number;
  /** Assigned at Apple by somebody else. */
  readonly notOurs: number;
  /** The token of their location was deleted. */
  readonly withoutToken: number;
}

/** Takes licenses back and holds them back, until somebody lifts the hold or saves the assignments anew. */
export async function revokeLicenses(scope: LicenseScope, reason: string): Promise<Revoked> {
  return post<Revoked>(`/api/${scope.of}/${scope.id}/revoke-licenses`, bodyOf(scope, reason));
}

/** Lets assignments count again. @returns how many holds were lifted */
export async function liftHolds(scope: LicenseScope, reason: string): Promise<number> {
  const { lifted } = await post<{ readonly lifted: number }>(
    `/api/${scope.of}/${scope.id}/lift-holds`,
    bodyOf(scope, reason),
  );
  return lifted;
}

/** Makes licenses ours that somebody else assigned and that assignments here want. @returns how many */
export async function adoptLicenses(
  { of, id }: Pick<LicenseScope, 'of' | 'id'>,
  reason: string,
): Promise<number> {
  const { adopted } = await post<{ readonly adopted: number }>(`/api/${of}/${id}/adopt-licenses`, {
    reason,
  });
  return adopted;
}

function bodyOf({ serialNumbers, personIds }: LicenseScope, reason: string): object {
  return {
    reason,
    ...(serialNumbers === undefined ? {} : { serialNumbers }),
    ...(personIds === undefined ? {} : { personIds }),
  };
}
