export type LicenseType = 'device' | 'user';

/** What decides which of several assignments says how. */
export interface Precedence {
  readonly priority: number;
  readonly licenseType: LicenseType;
  /** Unique: where the assignment stands among all. */
  readonly position: number;
}

/** Sorts the assignment that says how before the others: the highest priority, then a device license, then the first. */
export function byPrecedence(a: Precedence, b: Precedence): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  if (a.licenseType !== b.licenseType) return a.licenseType === 'device' ? -1 : 1;
  return a.position - b.position;
}

/**
 * The license type for an app or a book on a device. A device that has a license of its own keeps it where the
 * assignment turned to user licenses, while device licenses replace user licenses (behavior L19); never both at rest
 * (L20). Books take user licenses only (L17).
 *
 * @param assigned what the assignment that says how names
 * @param holdsDeviceLicense whether the device's license is granted or found now
 */
export function licenseTypeFor(
  assigned: LicenseType,
  {
    isBook,
    holdsDeviceLicense,
  }: { readonly isBook: boolean; readonly holdsDeviceLicense: boolean },
): LicenseType {
  if (isBook) return 'user';
  return holdsDeviceLicense ? 'device' : assigned;
}
