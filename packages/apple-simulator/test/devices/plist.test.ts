import * as fc from 'fast-check';
import { build as oracleBuild, parse as oracleParse, type PlistValue as OracleValue } from 'plist';
import { describe, expect, it } from 'vitest';

import { parsePlist } from '../../src/devices/messages/plist-reader.ts';
import { PlistReal, buildPlist, type PlistInput } from '../../src/devices/messages/plist.ts';

const text = fc
  .string({ unit: 'binary' })
  // oxlint-disable-next-line no-control-regex
  .map((value) => value.replace(/[\u0000-\u001f\ufffe\uffff\ud800-\udfff]/g, ''));
const key = text.filter((value) => value !== '' && value !== '__proto__' && value.trim() === value);
const { value: anyValue } = fc.letrec<{ value: PlistInput }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.boolean(),
    fc.uint8Array(),
    fc.date({ min: new Date(0), max: new Date('2099-01-01'), noInvalidDate: true }).map((date) => {
      date.setMilliseconds(0);
      return date;
    }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
}));

function wrap(inner: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0">${inner}</plist>`;
}

describe('property lists', () => {
  it('reads what it writes', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(plain(parsePlist(buildPlist(value)))).toEqual(plain(value));
      }),
    );
  });

  it('agrees with the plist package on what it writes and reads', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(plain(oracleParse(buildPlist(value)))).toEqual(plain(value));
        expect(plain(parsePlist(oracleBuild(value as OracleValue)))).toEqual(plain(value));
      }),
    );
  });

  it('keeps reals and integers apart and leaves undefined entries out', () => {
    const written = buildPlist({ a: new PlistReal(63), b: 63, c: undefined });
    expect(written).toContain('<real>63</real>');
    expect(parsePlist(written)).toEqual({ a: new PlistReal(63), b: 63 });
  });

  it('reads entities, CDATA and comments in texts', () => {
    const read = parsePlist(wrap('<string>a &amp; &#x1F600;<!-- no --><![CDATA[<b>]]></string>'));
    expect(read).toBe('a & 😀<b>');
  });

  it.each([
    ['', 'expected an element'],
    ['<dict/>', 'expected <plist>'],
    [wrap(''), 'unexpected </plist>'],
    [wrap('<string>a</string><string>b</string>'), 'one value'],
    [`${wrap('<true/>')}x`, 'after </plist>'],
    [wrap('<dict><string>a</string></dict>'), 'expected <key>'],
    [wrap('<dict><key>a</key></dict>'), 'unexpected </dict>'],
    [wrap('<dict><key>a</key><true/><key>a</key><true/></dict>'), 'appears twice'],
    [wrap('<array></dict>'), 'expected </array>'],
    [wrap('<integer>12abc</integer>'), 'not an integer'],
    [wrap('<integer>1.5</integer>'), 'not an integer'],
    [wrap('<real>x</real>'), 'not a number'],
    [wrap('<data>a</data>'), 'not base64'],
    [wrap('<date>yesterday</date>'), 'not a date'],
    [wrap('<string>&nbsp;</string>'), 'unknown entity'],
    [wrap('<string>a & b</string>'), 'begins no entity'],
    [wrap('<string>a<b/></string>'), 'expected </string>'],
    [wrap('<null/>'), 'unknown element'],
    [wrap('<string x="1">a</string>'), 'no attributes'],
    [wrap('<array>'.repeat(70)), 'too deeply'],
    [`<!DOCTYPE plist [<!ENTITY a "b">]>${wrap('<true/>')}`, 'expected an element'],
  ])('refuses %j', (xml, reason) => {
    expect(() => parsePlist(xml)).toThrow(reason);
  });

  it('never fails with anything but its own error on broken documents', () => {
    const whole = buildPlist({ a: ['x', 1, true], b: { c: new Date(0), d: Buffer.from('abc') } });
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(20), fc.string(), (start, length, noise) => {
        const broken = whole.slice(0, start) + noise + whole.slice(start + length);
        expect(['PlistError', undefined]).toContain(failure(() => parsePlist(broken)));
      }),
    );
  });

  it('reads a large value without exhausting the stack', () => {
    const data = Buffer.alloc(2_000_000, 7);
    const read = parsePlist(buildPlist(data));
    expect(data.equals(Buffer.from(read as Uint8Array))).toBe(true);
  });

  it('refuses to write what XML cannot carry', () => {
    expect(() => buildPlist('\u0000')).toThrow('control character');
    expect(() => buildPlist(1.5)).toThrow('not an integer');
  });
});

/** The same value with buffers as hexadecimal text and dictionaries without a prototype of their own. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `data:${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Date || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, plain(entry)]));
}

/** The name of the error that `action` throws, if it throws. */
function failure(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.name : 'no error at all';
  }
}
