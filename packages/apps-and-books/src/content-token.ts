import { parseAppleDate } from './answers/apple-date.ts';
import { ContentTokenError } from './errors/errors.ts';

/** A content token as Apple's portal hands it out: it speaks for one location, for one year. */
export interface ContentToken {
  /** The exact text to send as the bearer value. A secret. */
  readonly sToken: string;
  readonly organizationName: string;
  readonly expirationDate: Date;
}

const downloadAgain =
  'Upload the .vpptoken file exactly as it was downloaded from Apple Business or School Manager (Settings, Payments and Billing, Content Tokens).';

/**
 * Reads a content token file (`.vpptoken`): base64 of `{"token","expDate","orgName"}`, with white space and a byte
 * order mark around it. Scripts written for Microsoft Graph send the file in base64 once more: that is accepted too,
 * and the text that Apple made is what is returned.
 *
 * Source: https://developer.apple.com/documentation/devicemanagement/managing-apps-and-books-through-web-services
 * @param file the content of the file, as text or bytes
 * @param now the present, to tell an expired token
 * @throws ContentTokenError naming the field and the remedy
 */
export function parseContentToken(file: string | Uint8Array, now: Date): ContentToken {
  const text = plainText(file);
  refuseInnerToken(text);
  const outer = decodeBase64(text);
  if (outer === undefined) {
    if (looksLikeInnerToken(text)) throw innerToken();
    throw new ContentTokenError(
      'notBase64',
      'The file is not a content token: it is not base64 text.',
      downloadAgain,
    );
  }
  const once = readFields(outer);
  if (once !== undefined) return checkFields(once, text, now);

  const innerText = plainText(outer);
  const inner = decodeBase64(innerText);
  const twice = inner === undefined ? undefined : readFields(inner);
  if (twice !== undefined) return checkFields(twice, innerText, now);

  if (looksLikeInnerToken(text) && !plainText(outer).startsWith('{')) throw innerToken();
  throw new ContentTokenError(
    'notJson',
    'The file is not a content token: what the base64 text holds is not the JSON that Apple writes.',
    downloadAgain,
  );
}

function plainText(file: string | Uint8Array): string {
  const text = typeof file === 'string' ? file : new TextDecoder().decode(file);
  return text.replace(/^\uFEFF/, '').trim();
}

/** Base64 may be wrapped in lines; anything else in it makes it something else. */
function decodeBase64(text: string): Uint8Array | undefined {
  const compact = text.replaceAll(/\s+/g, '');
  if (compact === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined;
  return Buffer.from(compact, 'base64');
}

function readFields(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(plainText(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { ...value }
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Somebody decoded the file and pasted what was inside. */
function refuseInnerToken(text: string): void {
  if (text.startsWith('{') && readFields(Buffer.from(text))?.['token'] !== undefined)
    throw innerToken();
}

/** The `token` member alone is one word of a hundred characters or so. */
function looksLikeInnerToken(text: string): boolean {
  return /^[A-Za-z0-9+/=_-]{40,200}$/.test(text);
}

function innerToken(): ContentTokenError {
  return new ContentTokenError(
    'innerToken',
    'This is the inner part of a content token, not the file: Apple accepts only the whole file.',
    downloadAgain,
    'token',
  );
}

function checkFields(fields: Record<string, unknown>, text: string, now: Date): ContentToken {
  requiredText(fields, 'token');
  const organizationName = requiredText(fields, 'orgName');
  const expDate = requiredText(fields, 'expDate');
  const expirationDate = parseAppleDate(expDate);
  if (expirationDate === undefined) {
    throw new ContentTokenError(
      'badExpirationDate',
      'The expiration date in the token file ("expDate") is not a date such as 2030-11-08T22:33:22+0000.',
      downloadAgain,
      'expDate',
    );
  }
  if (expirationDate <= now) {
    throw new ContentTokenError(
      'expired',
      `This content token expired on ${expirationDate.toISOString().slice(0, 10)}.`,
      'Download a new content token: each is valid for one year.',
      'expDate',
    );
  }
  return { sToken: text.replaceAll(/\s+/g, ''), organizationName, expirationDate };
}

function requiredText(fields: Record<string, unknown>, field: string): string {
  const value = fields[field];
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new ContentTokenError(
    'missingField',
    `The token file lacks "${field}".`,
    downloadAgain,
    field,
  );
}
