/** Why an app is not on a device, who can mend it, and how (Law 9). */
export interface Reason {
  readonly cause: string;
  readonly who: 'Apple' | 'device' | 'person' | 'administrator' | 'Allotment';
  readonly next: string;
  /** Intune's number for it, as a signed 32-bit integer; undefined where it has none. */
  readonly errorCode?: number;
}

/** Intune's numbers are written as hexadecimal digits and kept as signed integers. */
export const code = (hex: number): number => hex | 0;
