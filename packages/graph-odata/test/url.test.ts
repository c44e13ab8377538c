import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeUrl, ODataError } from '../src/index.ts';

const types = ['iosVppApp', 'macOsVppApp', 'user'];

describe('addresses', () => {
  it.each([
    [
      "/beta/deviceManagement/managedDevices('a-1')/syncDevice",
      '/beta/deviceManagement/managedDevices/a-1/syncDevice',
    ],
    ["/Beta/mobileApps('x')/assignments?$top=1", '/Beta/mobileApps/x/assignments?$top=1'],
    ['/beta/mobileApps/x/microsoft.graph.assign', '/beta/mobileApps/x/assign'],
    ['/beta/mobileApps/x/graph.assign', '/beta/mobileApps/x/assign'],
    ['/beta/mobileApps/microsoft.graph.iosVppApp', '/beta/mobileApps?$cast=iosVppApp'],
    [
      '/beta/mobileApps/graph.IOSVPPAPP/$count?$filter=a',
      '/beta/mobileApps/$count?$filter=a&$cast=iosVppApp',
    ],
    ["/v1.0/users('o''neil%40example.org')", "/v1.0/users/o'neil%40example.org"],
    ['/v1.0/users(%27a%27)', '/v1.0/users/a'],
    ['/v1.0/users/delta()', '/v1.0/users/delta'],
    [
      "/beta/vppTokens/getLicensesForApp(bundleId='com.x')",
      "/beta/vppTokens/getLicensesForApp(bundleId='com.x')",
    ],
    ['/beta/groups(11)/members', '/beta/groups/11/members'],
    ['/v1.0/groups/a/members/$ref', '/v1.0/groups/a/members/$ref'],
    ["/v1.0/users('a%2Fb')", '/v1.0/users/a%2Fb'],
    ["/v1.0/users('a%0Ab')", '/v1.0/users/a%0Ab'],
  ])('%s is %s', (given, plain) => {
    expect(normalizeUrl(given, types)).toBe(plain);
  });

  it.each(["/beta/groups('a'b')", '/beta/%zz'])('%s is refused', (url) => {
    expect(() => normalizeUrl(url, types)).toThrow(ODataError);
  });

  it('finds any key again, whatever it is made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (key) => {
        const quoted = encodeURIComponent(key.replaceAll("'", "''"));
        const plain = normalizeUrl(`/beta/groups('${quoted}')/members`, types);
        expect(decodeURIComponent(plain.split('/')[3] ?? '')).toBe(key);
      }),
    );
  });
});
