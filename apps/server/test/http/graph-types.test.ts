import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type EntityType, propertyNames, type Version } from '@allotment/graph-odata';
import { describe, expect, it } from 'vitest';
import * as types from '../../src/http/graph/types.ts';

interface Metadata {
  readonly [type: string]: {
    readonly baseType: string | null;
    readonly properties: readonly { readonly name: string }[] | Readonly<Record<string, unknown>>;
  };
}

const folder = fileURLToPath(new URL('../../../../../shared/reference/graph/', import.meta.url));
const there = existsSync(folder);
const read = (version: Version): Metadata =>
  JSON.parse(readFileSync(`${folder}graph-${version}.json`, 'utf8'));

/** The names of a type's properties and of its bases', as Microsoft's metadata has them. */
function known(metadata: Metadata, name: string): readonly string[] {
  const type = metadata[name];
  if (type === undefined) return [];
  const own = Array.isArray(type.properties)
    ? type.properties.map((property: { name: string }) => property.name)
    : Object.keys(type.properties);
  return [
    ...own,
    ...(type.baseType === null ? [] : known(metadata, type.baseType.replace('graph.', ''))),
  ];
}

const ours = Object.values(types).filter((value): value is EntityType => 'properties' in value);
/** `directoryObject` and `entity` carry the id without saying so in every extract. */
const always = new Set(['id']);
/** Ours, and documented as such. */
const additions = new Set(['device.serialNumber', 'user.managedAppleId']);

describe('the types this server speaks', () => {
  it.runIf(there).each(['v1.0', 'beta'] as const)(
    'have no property that Graph %s does not have',
    (version) => {
      const metadata = read(version);
      const wrong = ours
        .filter((type) => metadata[type.name] !== undefined)
        .flatMap((type) => {
          const names = new Set(known(metadata, type.name));
          return propertyNames(type, version)
            .filter((name) => !names.has(name) && !always.has(name))
            .map((name) => `${type.name}.${name}`);
        })
        .filter((name) => !additions.has(name));
      expect(wrong).toEqual([]);
    },
  );

  it.runIf(there).each(['v1.0', 'beta'] as const)(
    'have every property of tokens and apps of %s, but one of 2026',
    (version) => {
      const metadata = read(version);
      const missing = [types.vppToken, types.iosVppApp, types.macOsVppApp].flatMap((type) => {
        const names = new Set(propertyNames(type, version));
        return known(metadata, type.name).filter((name) => !names.has(name));
      });
      expect(new Set(missing)).toEqual(
        new Set(version === 'beta' ? ['appleDeviceAppDeliveryProtocolType'] : []),
      );
    },
  );

  it('are in the tests with Microsoft’s metadata where that is at hand', () => {
    if (!there)
      process.stdout.write('Graph metadata is not at hand: types were not compared with it.\n');
    expect(ours.length).toBeGreaterThan(6);
  });
});
