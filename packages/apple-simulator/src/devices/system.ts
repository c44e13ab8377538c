import type { Device } from './device.ts';
import type { Family } from './traits.ts';

/** What follows from a device's hardware and system version. */
export interface SystemFacts {
  readonly build: string;
  readonly modelName: string;
  /** Regulatory model, for example `MX132LL/A`. */
  readonly model: string;
  /** Phones only. */
  readonly imei: string | undefined;
}

const MODEL_NAMES: Readonly<Record<Family, string>> = {
  iPhone: 'iPhone',
  iPad: 'iPad',
  Mac: 'MacBook Air',
  AppleTV: 'Apple TV',
  Vision: 'Apple Vision Pro',
};

/** How far Apple's builds run ahead of the versions of each system. */
const BUILDS_AHEAD: Readonly<Record<Family, number>> = {
  iPhone: 4,
  iPad: 4,
  AppleTV: 4,
  Mac: 9,
  Vision: 20,
};

/** An iPad that several people share, each with an account of their own. */
export function isShared({ family, traits }: Device): boolean {
  return family === 'iPad' && traits.multiUser;
}

export function systemOf({ family, serialNumber, traits, udid }: Device): SystemFacts {
  const [major = 0, minor = 0] = traits.osVersion.split('.').map(Number);
  const generation = major + BUILDS_AHEAD[family];
  return {
    build: `${generation}${String.fromCharCode(65 + Math.min(25, minor))}100`,
    modelName: MODEL_NAMES[family],
    model: `M${serialNumber.slice(-4)}LL/A`,
    imei: family === 'iPhone' ? imeiFor(udid) : undefined,
  };
}

/** 15 digits with a valid check digit (Luhn), in the spaced form devices report. */
function imeiFor(udid: string): string {
  const serial = Number.parseInt(udid.replace(/\W/g, '').slice(-9), 16);
  const digits = Array.from(`35${String(serial).padStart(12, '0')}`, Number);
  const sum = digits.reduce((total, digit, position) => {
    const value = digit * (position % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  const all = `${digits.join('')}${(10 - (sum % 10)) % 10}`;
  return `${all.slice(0, 2)} ${all.slice(2, 8)} ${all.slice(8, 14)} ${all.slice(14)}`;
}
