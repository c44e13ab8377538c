import { queryOptions } from '@tanstack/react-query';
import { ApiError, type Listing, get, post, put, remove } from './http.ts';

/** The request that waits for an MDM vendor and Apple to make a push certificate of it. */
export interface PushRequest {
  /** PEM, PKCS #10. */
  readonly request: string;
  readonly organization: string;
  readonly createdDateTime: string;
}

/** The server that device identities come from instead of ours. */
export interface Scep {
  readonly active: boolean;
  readonly url: string;
  readonly name: string;
  readonly hasChallenge: boolean;
  readonly authorities: readonly { readonly subject: string; readonly expiresDateTime: string }[];
  readonly fingerprint: string;
}

export interface ScepInput {
  readonly url: string;
  readonly name: string;
  /** Left out keeps the one that is stored. */
  readonly challenge?: string;
  readonly authorities: string;
}

/** A token for automated device enrollment. */
export interface ServerToken {
  readonly id: string;
  readonly displayName: string;
  readonly consumerKey: string;
  readonly expiresDateTime: string;
  readonly uploadedBy: string;
  readonly uploadedDateTime: string;
}

export interface ServerTokenInput {
  readonly displayName: string;
  /** The text of the `.p7m` file. */
  readonly file: string;
}

/** Null: none waits. */
export const pushRequestQuery = queryOptions({
  queryKey: ['push-certificate', 'request'],
  queryFn: async ({ signal }) =>
    orNull(get<PushRequest>('/api/push-certificate/request', {}, signal)),
});

export async function makePushRequest(organization: string): Promise<PushRequest> {
  return post<PushRequest>('/api/push-certificate/request', { organization });
}

export async function discardPushRequest(): Promise<void> {
  await remove('/api/push-certificate/request');
}

/** Null: none was ever set. */
export const scepQuery = queryOptions({
  queryKey: ['settings', 'scep'],
  queryFn: async ({ signal }) => orNull(get<Scep>('/api/scep', {}, signal)),
});

export async function setScep(input: ScepInput): Promise<void> {
  await put('/api/scep', input);
}

export async function stopScep(): Promise<void> {
  await remove('/api/scep');
}

export const serverTokensQuery = queryOptions({
  queryKey: ['settings', 'server-tokens'],
  queryFn: async ({ signal }) =>
    (await get<Listing<ServerToken>>('/api/server-tokens', {}, signal)).value,
});

/** The certificate to upload at Apple, for which Apple encrypts the token. */
export async function makeServerTokenKey(): Promise<string> {
  return (await post<{ readonly certificate: string }>('/api/server-tokens/public-key'))
    .certificate;
}

/** @param id the token that this one replaces */
export async function storeServerToken(
  input: ServerTokenInput,
  id: string | undefined,
): Promise<void> {
  await (id === undefined
    ? post('/api/server-tokens', input)
    : put(`/api/server-tokens/${id}`, input));
}

export async function deleteServerToken(id: string): Promise<void> {
  await remove(`/api/server-tokens/${id}`);
}

async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}
