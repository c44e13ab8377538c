import { randomBytes } from 'node:crypto';

/** 32 digits and capitals, without the letters that are read as others. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const length = 12;

/** The code of a link whose person signs in with it: 60 bits, short enough to type. */
export function newSignInCode(): string {
  return [...randomBytes(length)].map((byte) => alphabet.charAt(byte % alphabet.length)).join('');
}

/** In groups of four, as it is shown. */
export function showSignInCode(code: string): string {
  return code.replaceAll(/(.{4})(?=.)/g, '$1-');
}

/** The code that somebody typed: in small letters, with gaps, or with letters that look like its digits. */
export function readSignInCode(typed: string): string {
  return typed
    .toUpperCase()
    .replaceAll(/[^\dA-Z]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
}
