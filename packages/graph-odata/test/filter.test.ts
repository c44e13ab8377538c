import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Entity, matches, ODataError, parseFilter } from '../src/index.ts';

const pages: Entity = {
  '@odata.type': '#microsoft.graph.iosVppApp',
  id: '3f2504e0-4f89-11d3-9a0c-0305e82c3301',
  displayName: "Ann's Pages",
  isAssigned: true,
  totalLicenseCount: 25,
  createdDateTime: '2026-01-15T10:00:00Z',
  publisher: null,
  applicableDeviceType: { iPad: true, iPhoneAndIPod: false },
};

/** What a filter says of the example, or the name of the error it fails with. */
function outcome(filter: string): string {
  try {
    return String(matches(parseFilter(filter), pages));
  } catch (error) {
    return error instanceof Error ? error.name : 'no error at all';
  }
}

describe('$filter', () => {
  it.each([
    ["displayName eq 'Ann''s Pages'", true],
    ["displayname eq 'ann''s pages'", true],
    ["displayName ne 'Numbers'", true],
    ['publisher eq null', true],
    ["publisher ne 'Apple'", true],
    ["publisher gt 'A'", false],
    ["not (publisher gt 'A')", true],
    ['isAssigned eq true', true],
    ['isAssigned', true],
    ['displayName', false],
    ['not isAssigned', false],
    ['not not isAssigned', true],
    ['totalLicenseCount ge 25 and totalLicenseCount lt 26', true],
    ['totalLicenseCount gt 25 or totalLicenseCount le 24', false],
    ["totalLicenseCount eq '25'", false],
    ['createdDateTime gt 2026-01-01T00:00:00Z', true],
    ['createdDateTime lt 2026-01-15T14:00:00+03:00', true],
    ['createdDateTime ge 2026-01-16', false],
    ['id eq 3F2504E0-4F89-11D3-9A0C-0305E82C3301', true],
    ["id in ('x', '3f2504e0-4f89-11d3-9a0c-0305e82c3301')", true],
    ["startswith(displayName,'ANN')", true],
    ["endswith(displayName, 'pages')", true],
    ["contains(tolower(displayName),'n''s p')", true],
    ["contains(publisher,'x')", false],
    ["startswith(displayName,'ANN') eq false", false],
    ["isof('microsoft.graph.iosVppApp')", true],
    ['isof("microsoft.graph.macOsVppApp") or isof(\'#microsoft.graph.iosVppApp\')', true],
    ["isof('microsoft.graph.iosStoreApp')", false],
    ['applicableDeviceType/iPad eq true', true],
    [
      "(microsoft.graph.managedApp/appAvailability eq null or microsoft.graph.managedApp/appAvailability eq 'lineOfBusiness' or isAssigned eq true)",
      true,
    ],
    ["displayName eq microsoft.graph.someKind'ann''s pages'", true],
    ["false or displayName eq 'x' and true", false],
  ])('%s is %s', (filter, expected) => {
    expect(matches(parseFilter(filter), pages)).toBe(expected);
  });

  it.each([
    '',
    "displayName eq 'open",
    "displayName eq 'a' 'b'",
    'displayName eq',
    "(displayName eq 'a'",
    'length(displayName) eq 3',
    "resources/any(s:s/id eq '1')",
    'createdDateTime gt 2026-13-01T00:00:00Z',
    "'a'",
    'isof(1)',
    'id in ()',
  ])('refuses %s in a sentence', (filter) => {
    expect(() => parseFilter(filter)).toThrow(ODataError);
  });

  it('refuses what would cost too much', () => {
    const nested = `${'('.repeat(100)}isAssigned${')'.repeat(100)}`;
    expect(() => parseFilter(nested)).toThrow('$filter nests deeper than 64 levels');
    expect(() => parseFilter(`displayName eq '${'x'.repeat(9_000)}'`)).toThrow('$filter is longer');
  });

  it('never fails otherwise than with its own error', () => {
    const words = fc.constantFrom(
      ..."'a' 1 null true name eq and or not in ( ) , isof contains a/b x.y \" ' - 2026-01-01 %".split(
        ' ',
      ),
      '\u0000',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 20 }), (parts) => {
        expect(outcome(parts.join(' '))).toMatch(/^(?:true|false|ODataError)$/);
      }),
    );
  });

  it('reads back every text that is quoted by doubling', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const filter = parseFilter(`name eq '${text.replaceAll("'", "''")}'`);
        expect(matches(filter, { name: text })).toBe(true);
        expect(matches(filter, { name: `${text}.` })).toBe(false);
      }),
    );
  });

  it('orders comparisons as numbers are ordered', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (one, other) => {
        const holds = (operator: string): boolean =>
          matches(parseFilter(`n ${operator} ${other}`), { n: one });
        expect([
          holds('lt'),
          holds('le'),
          holds('eq'),
          holds('ne'),
          holds('ge'),
          holds('gt'),
        ]).toEqual([
          one < other,
          one <= other,
          one === other,
          one !== other,
          one >= other,
          one > other,
        ]);
      }),
    );
  });
});
