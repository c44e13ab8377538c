import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { ApiError, type Listing, type Page, get, nextSkip, post, put } from './http.ts';
import type { DeviceApp } from './status.ts';

export interface Device {
  readonly id: string;
  readonly name: string;
  readonly serialNumber: string;
  readonly family: string | null;
  readonly productName: string | null;
  readonly osVersion: string | null;
  readonly supervised: boolean | null;
  readonly ownership: 'company' | 'personal' | 'unknown';
  readonly managementState: string;
  readonly userDisplayName: string | null;
  readonly userPrincipalName: string | null;
  readonly lastCheckInDateTime: string | null;
  readonly enrolledDateTime: string | null;
  /** It shows one app alone, and takes device licenses only. */
  readonly kiosk: boolean;
  /** When the device is not known any more unless its identity is renewed. */
  readonly identityExpiresDateTime: string | null;
  readonly apps: { readonly installed: number; readonly pending: number; readonly failed: number };
}

export interface DeviceDetail extends Omit<Device, 'apps'> {
  readonly udid: string | null;
  readonly apps: readonly DeviceApp[];
}

export interface EnrollmentLink {
  readonly url: string;
  readonly expiresDateTime: string;
  readonly personId: string | null;
  /** What to see to when the device has a user; null for one without. */
  readonly reminder: string | null;
}

export interface PushCertificate {
  readonly topic: string;
  readonly expiresDateTime: string;
  /** Why Apple refuses it now; null when all is well. */
  readonly problem: string | null;
}

export const devicesQuery = (search: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ['devices', 'list', search ?? ''],
    queryFn: async ({ signal, pageParam }) =>
      get<Page<Device>>('/api/devices', { search, top: 200, skip: pageParam }, signal),
    initialPageParam: 0,
    getNextPageParam: nextSkip,
  });

export const deviceQuery = (id: string) =>
  queryOptions({
    queryKey: ['devices', 'one', id],
    queryFn: async ({ signal }) => get<DeviceDetail>(`/api/devices/${id}`, {}, signal),
  });

/** Wakes the device, so that it checks in now. */
export async function syncDevice(id: string): Promise<void> {
  await post(`/api/devices/${id}/sync`);
}

/** Without a person the device has no user. */
export async function createEnrollmentLink(link: {
  readonly personId?: string | undefined;
  readonly ownership: 'company' | 'personal';
  readonly kiosk: boolean;
  readonly userEnrollment: boolean;
}): Promise<EnrollmentLink> {
  const made = await post<Listing<EnrollmentLink>>('/api/enrollment-links', { links: [link] });
  const [first] = made.value;
  if (first === undefined) throw new Error('The server answered without a link.');
  return first;
}

/** Under this link an enrolled device gets a new identity before the one it has ends. */
export async function createRenewalLink(deviceId: string): Promise<EnrollmentLink> {
  return post<EnrollmentLink>(`/api/devices/${deviceId}/renewal-link`);
}

/** Null: none was uploaded yet. */
export const pushCertificateQuery = queryOptions({
  queryKey: ['push-certificate'],
  queryFn: async ({ signal }): Promise<PushCertificate | null> => {
    try {
      return await get<PushCertificate>('/api/push-certificate', {}, signal);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  },
});

/** Without a key it is the one of this server's request. */
export async function setPushCertificate(input: {
  readonly certificate: string;
  readonly key?: string;
}): Promise<PushCertificate> {
  return put<PushCertificate>('/api/push-certificate', input);
}
