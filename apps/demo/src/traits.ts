import type { DemoDevice, DeviceFamily } from './organization.ts';

const firstNames =
  'Ada Bo Chen Dina Eli Fay Gus Hana Ivo June Kai Lena Max Nia Omar Pia Quinn Rosa Sam Tess Uma Vic Wren Xia Yara'.split(
    ' ',
  );
const lastNames =
  'Alder Brook Castillo Duarte Everett Fontaine Grant Hollis Ito Jansen Kowalski Lindqvist'.split(
    ' ',
  );

/** So many people, from the one with that number on. */
export function people(
  count: number,
  offset: number,
  departments: readonly string[],
): { name: string; department: string }[] {
  return Array.from({ length: count }, (_, i) => {
    const n = i + offset;
    return {
      name: `${firstNames[n % firstNames.length]} ${lastNames[(n * 7 + Math.floor(n / firstNames.length)) % lastNames.length]}`,
      department: departments[i % departments.length] ?? '',
    };
  });
}

/** Traits vary by position, so that every kind is there whatever the number of devices. */
export function device(
  prefix: string,
  i: number,
  family: DeviceFamily,
  personName: string | undefined,
  ownApp: string | undefined,
): DemoDevice {
  const supervised = personName === undefined || i % 3 !== 0;
  return {
    serialNumber: `${prefix}${String(i + 1).padStart(6, '0')}`,
    name:
      personName === undefined
        ? `${family} ${prefix}-${String(i + 1).padStart(3, '0')}`
        : `${personName.split(' ')[0] ?? ''}’s ${family}`,
    family,
    osVersion: family === 'Mac' ? '15.1' : i % 11 === 4 ? '17.6.1' : i % 5 === 2 ? '26.0' : '18.1',
    supervised,
    personName,
    declines: !supervised && i % 9 === 3,
    lockedAtFirst: i % 7 === 1,
    ownCopyOf: i % 10 === 6 ? ownApp : undefined,
  };
}
