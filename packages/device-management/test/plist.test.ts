import { build } from 'plist';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageError, readPlist, writePlist, type PlistValue } from '../src/index.ts';

const HEAD =
  '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n';

const PIECES =
  '<plist> </plist> <dict> </dict> <key> </key> <array> </array> <string> </string> <integer> </integer> <data> <true/> <!-- --> <?xml ?> [ ]> &amp; & a 1 \u0000'.split(
    ' ',
  );

const read = (text: string): PlistValue => readPlist(Buffer.from(text));
const codeOf = (body: Uint8Array | string): string => {
  try {
    readPlist(Buffer.from(body as string));
  } catch (error) {
    if (error instanceof MessageError) return error.code;
    throw error;
  }
  return 'accepted';
};

const xmlText = fc.string({ unit: 'grapheme' });
const value: fc.Arbitrary<PlistValue> = fc.letrec<{ value: PlistValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    xmlText,
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc
      .date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
      .map((date) => new Date(Math.floor(date.getTime() / 1000) * 1000)),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(
      xmlText.filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 5 },
    ),
  ),
})).value;

describe('the property list reader', () => {
  it('reads back everything the plist package writes', () => {
    fc.assert(
      fc.property(value, (original) => {
        const xml = build(original as Parameters<typeof build>[0]);
        expect(read(xml)).toEqual(original);
      }),
      { numRuns: 500 },
    );
  });

  it('reads what Apple writes: declaration, DOCTYPE, comments, entities, wrapped data', () => {
    expect(
      read(
        `\ufeff${HEAD}<plist version="1.0"><!-- a --><dict><key>a&amp;b</key><string>&lt;&#xE9;&#233;&gt;</string>
        <key>data</key><data>\n\tAQID\n\tBA==\n\t</data><key>empty</key><string/><key>hex</key><integer>0x1F</integer>
        <key>big</key><integer>18446744073709551615</integer><key>real</key><real>-1.5e3</real></dict></plist>\n`,
      ),
    ).toEqual({
      'a&b': '<éé>',
      data: Buffer.from([1, 2, 3, 4]),
      empty: '',
      hex: 31,
      big: 18446744073709551615n,
      real: -1500,
    });
  });

  it('gives dictionaries no prototype to poison', () => {
    const dictionary = read('<plist><dict><key>constructor</key><true/></dict></plist>');
    expect(Object.getPrototypeOf(dictionary)).toBeNull();
    expect(codeOf('<plist><dict><key>__proto__</key><dict/></dict></plist>')).toBe('malformed');
  });

  it.each([
    ['nothing', ''],
    ['no property list', 'hello'],
    ['an unclosed element', '<plist><dict>'],
    ['crossed elements', '<plist><dict></array></plist>'],
    ['a second root', '<plist><true/></plist><plist><true/></plist>'],
    ['two values', '<plist><true/><true/></plist>'],
    ['no value', '<plist></plist>'],
    ['a value without a key', '<plist><dict><true/></dict></plist>'],
    ['a key without a value', '<plist><dict><key>a</key></dict></plist>'],
    ['the same key twice', '<plist><dict><key>a</key><true/><key>a</key><true/></dict></plist>'],
    ['an unknown entity', '<plist><string>&x;</string></plist>'],
    ['a bare ampersand', '<plist><string>a & b</string></plist>'],
    ['a reference to no character', '<plist><string>&#0;</string></plist>'],
    ['a control character', '<plist><string>\u0001</string></plist>'],
    ['a number that is none', '<plist><integer>12x</integer></plist>'],
    ['data that is no base64', '<plist><data>!!!!</data></plist>'],
    ['a date that is none', '<plist><date>yesterday</date></plist>'],
    ['an unknown element', '<plist><null/></plist>'],
    ['an attribute', '<plist><string a="b">c</string></plist>'],
    ['text between elements', '<plist><array>x<true/></array></plist>'],
  ])('refuses %s as malformed', (_, text) => {
    expect(codeOf(text)).toBe('malformed');
  });

  it('refuses a binary property list and other encodings in a sentence of their own', () => {
    expect(codeOf('bplist00\u0000')).toBe('binaryPlist');
    expect(codeOf(Buffer.from([0xff, 0xfe, 0x3c, 0x00]))).toBe('notUtf8');
    expect(codeOf('<?xml version="1.0" encoding="UTF-16"?><plist><true/></plist>')).toBe('notUtf8');
  });

  it('refuses entity bombs and other markup before expanding anything', () => {
    const bomb = `<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "${'x'.repeat(1000)}">${Array.from({ length: 20 }, (_, i) => `<!ENTITY b${i} "&a;&a;&a;">`).join('')}]><plist><string>&b1;</string></plist>`;
    expect(codeOf(bomb)).toBe('forbiddenMarkup');
    expect(codeOf('<!DOCTYPE plist SYSTEM "file:///etc/passwd" [ ]><plist><true/></plist>')).toBe(
      'forbiddenMarkup',
    );
    expect(codeOf('<plist><string><![CDATA[x]]></string></plist>')).toBe('forbiddenMarkup');
    expect(codeOf('<plist><?run x?><true/></plist>')).toBe('forbiddenMarkup');
  });

  it('refuses 50 MB, endless nesting and endless elements in bounded time', () => {
    const started = performance.now();
    expect(codeOf(Buffer.alloc(50 * 1024 * 1024, '<'))).toBe('tooLarge');
    expect(codeOf(`<plist>${'<array>'.repeat(500_000)}`)).toBe('tooDeep');
    expect(codeOf(`<plist><array>${'<true/>'.repeat(500_000)}</array></plist>`)).toBe(
      'tooManyElements',
    );
    expect(codeOf(`<plist>${' '.repeat(4_000_000)}`)).toBe('malformed');
    expect(codeOf(`<plist>${'<!---->'.repeat(500_000)}`)).toBe('malformed');
    expect(codeOf(`<plist><string>${'&'.repeat(4_000_000)}</string></plist>`)).toBe('malformed');
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('fails on arbitrary text only by its own errors', () => {
    const pieces = fc.constantFrom(...PIECES);
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 30 }), (parts) => {
        expect(codeOf(parts.join(''))).toEqual(expect.any(String));
      }),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(codeOf(bytes)).toEqual(expect.any(String));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the property list writer', () => {
  it('writes what the reader reads', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ maxLength: 9 }).filter((key) => key !== '__proto__'),
          value,
        ),
        (original) => {
          expect(readPlist(writePlist(original))).toEqual(original);
        },
      ),
    );
  });

  it('refuses a character XML cannot carry', () => {
    expect(() => writePlist({ name: 'a\u0000b' })).toThrow(/invalid character/i);
  });
});
