import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvError, readCsv } from '../../src/directory/csv.ts';

describe('CSV', () => {
  it.each([
    [
      'a,b\n1,2\n',
      [
        [1, 'a', 'b'],
        [2, '1', '2'],
      ],
    ],
    [
      '\uFEFFa;b\r\n1;2',
      [
        [1, 'a', 'b'],
        [2, '1', '2'],
      ],
    ],
    [
      'a,b\n\n , \n1,2',
      [
        [1, 'a', 'b'],
        [4, '1', '2'],
      ],
    ],
    [
      'a,b\n"x, ""y""\nz" ,2\n3,4',
      [
        [1, 'a', 'b'],
        [2, 'x, "y"\nz', '2'],
        [4, '3', '4'],
      ],
    ],
    [
      'a,b\n1,',
      [
        [1, 'a', 'b'],
        [2, '1', ''],
      ],
    ],
    [
      'a,b\n1,\n',
      [
        [1, 'a', 'b'],
        [2, '1', ''],
      ],
    ],
    ['', []],
  ])('%j has the records %j', (text, expected) => {
    expect(readCsv(text).map(({ line, cells }) => [line, ...cells])).toEqual(expected);
  });

  it.each(['a,b\n1,"open\n2,3', 'a,b\n1,"x"y'])('%j is refused with its line', (text) => {
    expect(() => readCsv(text)).toThrow(CsvError);
    expect(() => readCsv(text)).toThrow(/^Line 2 /);
  });

  it('reads back any cells that were quoted', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'ß', '"', ',', ';', '\n', '\r', ' ') });
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 2 }), { minLength: 1 });
    fc.assert(
      fc.property(table, (rows) => {
        const all = [['x', 'y'], ...rows];
        const text = all
          .map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(','))
          .join('\r\n');
        const expected = all.map((row) => row.map((value) => value.trim()));
        expect(readCsv(text).map((record) => record.cells)).toEqual(
          expected.filter((row) => row.some((value) => value !== '')),
        );
      }),
    );
  });
});
