import { queryOptions } from '@tanstack/react-query';
import { get, put } from './http.ts';

export const graceReasons = [
  'unassigned',
  'excluded',
  'leftOrganization',
  'deviceRetired',
  'deviceWiped',
  'deviceDeleted',
  'deviceSilent',
] as const;

export type GraceReason = (typeof graceReasons)[number];

export interface LicensingSettings {
  /** On how many devices one user license serves its person. */
  readonly devicesPerPerson: number;
  /** A device that did not check in for so many days gives its licenses back; null: never. */
  readonly silentDays: number | null;
  readonly graceMinutes: Readonly<Record<GraceReason, number>>;
}

export interface DeliverySettings {
  /** In minutes of the day of a time zone; null: at any time. */
  readonly maintenanceWindow: {
    readonly from: number;
    readonly to: number;
    readonly timeZone: string;
  } | null;
}

export const licensingSettingsQuery = queryOptions({
  queryKey: ['settings', 'licensing'],
  queryFn: async ({ signal }) => get<LicensingSettings>('/api/licensing-settings', {}, signal),
});

export const deliverySettingsQuery = queryOptions({
  queryKey: ['settings', 'delivery'],
  queryFn: async ({ signal }) => get<DeliverySettings>('/api/delivery-settings', {}, signal),
});

export async function saveLicensingSettings(settings: LicensingSettings): Promise<void> {
  await put('/api/licensing-settings', settings);
}

export async function saveDeliverySettings(settings: DeliverySettings): Promise<void> {
  await put('/api/delivery-settings', settings);
}

export interface AlertSettings {
  /** An app of which so many percent of the licenses are used is pointed out. */
  readonly lowLicensesPercent: number;
}

export const alertSettingsQuery = queryOptions({
  queryKey: ['settings', 'alerts'],
  queryFn: async ({ signal }) => get<AlertSettings>('/api/alert-settings', {}, signal),
});

export async function saveAlertSettings(settings: AlertSettings): Promise<void> {
  await put('/api/alert-settings', settings);
}

export interface LibrarySettings {
  /** How many content tokens are taken. */
  readonly tokenLimit: number;
}

export const librarySettingsQuery = queryOptions({
  queryKey: ['settings', 'library'],
  queryFn: async ({ signal }) => get<LibrarySettings>('/api/library-settings', {}, signal),
});

export async function saveLibrarySettings(settings: LibrarySettings): Promise<void> {
  await put('/api/library-settings', settings);
}
