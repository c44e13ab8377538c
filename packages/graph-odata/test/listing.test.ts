import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkProperties,
  type EntityType,
  list,
  nextLink,
  ODataError,
  readQueryOptions,
} from '../src/index.ts';

const group: EntityType = {
  name: 'group',
  properties: { id: 'both', displayName: 'both', size: 'both', uniqueName: 'beta' },
  navigation: ['members'],
};
const groups = [
  { id: '1', displayName: 'beta', size: 3 },
  { id: '2', displayName: 'Alpha', size: null },
  { id: '3', displayName: 'gamma', size: 3 },
];
const read = (query: string) => readQueryOptions(new URLSearchParams(query));

describe('query options', () => {
  it('work without their dollar sign and in any case', () => {
    const options = read('Filter=size eq 3&$ORDERBY=displayName desc&top=1&$select=id,displayName');
    expect(list(groups, options, [], 100)).toEqual({ items: [groups[2]], count: 2 });
    expect(options.select).toEqual(['id', 'displayName']);
  });

  it('order by several properties, missing values first', () => {
    const ordered = list(groups, read('$orderby=size,displayName desc'), [], 100);
    expect(ordered.items.map((item) => item['id'])).toEqual(['2', '3', '1']);
  });

  it.each(['"AMM"', 'amm', '"displayName:amm"'])(
    '$search=%s looks into the given properties',
    (search) => {
      const found = list(groups, read(`$search=${search}`), ['displayName'], 100);
      expect(found.items).toEqual([groups[2]]);
    },
  );

  it('read a nested $select', () => {
    expect(read('$expand=assignments($select=id,intent),categories').expand).toEqual([
      { property: 'assignments', select: ['id', 'intent'] },
      { property: 'categories', select: undefined },
    ]);
  });

  it.each([
    ['$top=-1', '$top'],
    ['$top=1&top=2', '$top'],
    ['$skip=x', '$skip'],
    ['$skiptoken=abc', '$skiptoken'],
    ['$count=perhaps', '$count'],
    ['$orderby=name sideways', '$orderby'],
    ['$expand=a(b', '$expand'],
    ['$expand=a($filter=b)', '$expand'],
    ['$apply=x', '$apply'],
  ])('%s is refused naming %s', (query, option) => {
    expect(() => read(query)).toThrow(expect.objectContaining({ name: 'ODataError', option }));
  });

  it('ignore parameters that are not protocol options', () => {
    expect(read('cachebuster=1').top).toBeUndefined();
  });

  it.each(['$select=nope', "$filter=nope eq '1'", '$orderby=nope', '$expand=nope'])(
    '%s names the property that is not there',
    (query) => {
      expect(() => checkProperties(read(query), [group], 'beta')).toThrow(
        /^Could not find a property named 'nope' on type 'microsoft.graph.group'/,
      );
    },
  );

  it('know which version has a property', () => {
    const options = read('$select=UNIQUENAME,members');
    expect(() => checkProperties(options, [group], 'beta')).not.toThrow();
    expect(() => checkProperties(options, [group], 'v1.0')).toThrow(ODataError);
  });
});

describe('paging', () => {
  it('serves every entity exactly once along the links', () => {
    const sizes = fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 9 }), fc.option(fc.nat(50)));
    fc.assert(
      fc.property(sizes, ([total, pageSize, top]) => {
        const all = Array.from({ length: total }, (_, index) => ({ id: String(index) }));
        let url: URL | undefined = new URL('https://host/beta/groups');
        if (top !== null) url.searchParams.set('$top', String(top));
        const seen: unknown[] = [];
        while (url !== undefined) {
          const options = readQueryOptions(url.searchParams);
          const page = list(all, options, [], pageSize);
          seen.push(...page.items);
          const link = nextLink(url, options, page.items.length, page.count);
          url = link === undefined ? undefined : new URL(link);
        }
        expect(seen).toEqual(all.slice(0, top ?? total));
      }),
    );
  });
});
