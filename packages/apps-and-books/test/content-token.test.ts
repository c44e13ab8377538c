import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContentTokenError, parseAppleDate, parseContentToken } from '../src/index.ts';

const now = new Date('2026-11-23T08:00:00Z');
const inner = 'c2lHbmF0dXJlLW9mLXRoZS1sb2NhdGlvbi13aXRoLWVub3VnaC1jaGFyYWN0ZXJzLWluLWl0Cg==';
const fields = { token: inner, expDate: '2027-11-08T22:33:22+0000', orgName: 'ORG12345' };
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const file = base64(JSON.stringify(fields));

function failure(content: string | Uint8Array): ContentTokenError {
  try {
    parseContentToken(content, now);
  } catch (error) {
    if (error instanceof ContentTokenError) return error;
    throw error;
  }
  throw new Error('It was expected to be refused.');
}

describe('parseContentToken', () => {
  it('returns the exact text to send, the organization and the end', () => {
    expect(parseContentToken(file, now)).toEqual({
      sToken: file,
      organizationName: 'ORG12345',
      expirationDate: new Date('2027-11-08T22:33:22Z'),
    });
  });

  it.each([
    ['white space around', `\n  ${file}\r\n`],
    ['a byte order mark', `\uFEFF${file}`],
    ['lines', file.replaceAll(/(.{40})/g, '$1\n')],
    ['base64 once more, as scripts for Graph send it', base64(file)],
    ['base64 once more with a newline inside', base64(`${file}\n`)],
  ])('accepts %s', (_, content) => {
    expect(parseContentToken(content, now).sToken).toBe(file);
  });

  it('accepts bytes', () => {
    expect(parseContentToken(Buffer.from(`\uFEFF${file}\n`), now).sToken).toBe(file);
  });

  it.each([
    ['notBase64', undefined, 'this is not a token!'],
    ['notBase64', undefined, ''],
    ['notJson', undefined, base64('hello')],
    ['notJson', undefined, file.slice(0, 40)],
    ['notJson', undefined, base64('[1]')],
    ['missingField', 'token', base64(JSON.stringify({ ...fields, token: undefined }))],
    ['missingField', 'orgName', base64(JSON.stringify({ ...fields, orgName: 7 }))],
    ['missingField', 'expDate', base64(JSON.stringify({ ...fields, expDate: '' }))],
    [
      'badExpirationDate',
      'expDate',
      base64(JSON.stringify({ ...fields, expDate: '2027-02-30T00:00:00+0000' })),
    ],
    [
      'expired',
      'expDate',
      base64(JSON.stringify({ ...fields, expDate: '2026-11-23T08:00:00+0000' })),
    ],
    ['innerToken', 'token', JSON.stringify(fields)],
    ['innerToken', 'token', inner],
  ])('tells %s (%s), with the remedy and without the content', (code, field, content) => {
    const error = failure(content);
    expect(error).toMatchObject({ code, field, who: 'administrator', retryable: false });
    expect(error.remedy).not.toBe('');
    expect(error.message).not.toContain(inner);
  });

  it('reads every token that has its three fields, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        fc.string({ minLength: 1 }),
        fc.boolean(),
        (token, orgName, twice) => {
          fc.pre(token.trim() !== '' && orgName.trim() !== '');
          const made = base64(JSON.stringify({ ...fields, token, orgName }));
          const read = parseContentToken(twice ? base64(made) : made, now);
          expect(read).toMatchObject({ sToken: made, organizationName: orgName });
        },
      ),
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.uint8Array()), (content) => {
        expect(failure(content)).toBeInstanceOf(ContentTokenError);
      }),
    );
  });
});

describe('parseAppleDate', () => {
  it('reads an offset without a colon', () => {
    expect(parseAppleDate('2030-11-08T22:33:22+0000')).toEqual(new Date('2030-11-08T22:33:22Z'));
    expect(parseAppleDate('2030-11-08T22:33:22-0730')).toEqual(new Date('2030-11-09T06:03:22Z'));
    expect(parseAppleDate('2030-11-08T22:33:22.5Z')).toEqual(new Date('2030-11-08T22:33:22Z'));
  });

  it('takes every second that a calendar has, and none that it has not', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1970-01-01'), max: new Date('2999-12-31'), noInvalidDate: true }),
        (date) => {
          const whole = new Date(Math.floor(date.getTime() / 1000) * 1000);
          expect(parseAppleDate(whole.toISOString().replace('.000Z', '+0000'))).toEqual(whole);
        },
      ),
    );
    for (const text of [
      '',
      'tomorrow',
      '2027-13-01T00:00:00Z',
      '2027-02-29T00:00:00Z',
      '2027-01-01T24:00:00Z',
    ]) {
      expect(parseAppleDate(text)).toBeUndefined();
    }
  });
});
