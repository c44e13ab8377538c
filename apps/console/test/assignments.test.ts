import { describe, expect, it } from 'vitest';
import type { Assignment, SettingsPatch } from '../src/api/apps.ts';
import { draftOf, isChanged, newAssignment, toInput } from '../src/apps/assignment-draft.ts';
import { type SettingName, meaningOf, wordsOf } from '../src/apps/assignment-settings.ts';
import { readConfiguration, writeConfiguration } from '../src/apps/configuration-text.ts';

const assignment = (part: Partial<Assignment> = {}): Assignment => ({
  id: 'a1',
  intent: 'required',
  licenseType: 'device',
  priority: 0,
  settings: {},
  target: {
    kind: 'group',
    groupId: 'g1',
    groupName: 'Grade 5',
    groupDeleted: false,
    members: 3,
  },
  ...part,
});

describe('saved assignments', () => {
  it('are sent with their target, their type and their license type', () => {
    const added = newAssignment({ key: 'g2', name: 'g2', groupId: 'g2', members: 1 }, 'user');
    const everything = newAssignment(
      { key: 'allDevices', name: 'All devices', groupId: null, members: undefined },
      'device',
    );
    const said = { priority: 0, settings: {} };
    expect(
      toInput([
        ...draftOf([assignment()]),
        { ...added, type: 'excluded' },
        { ...everything, type: 'uninstall' },
      ]),
    ).toEqual([
      {
        ...said,
        intent: 'required',
        licenseType: 'device',
        target: { kind: 'group', groupId: 'g1' },
      },
      {
        ...said,
        intent: 'required',
        licenseType: 'user',
        target: { kind: 'exclusionGroup', groupId: 'g2' },
      },
      { ...said, intent: 'uninstall', licenseType: 'device', target: { kind: 'allDevices' } },
    ]);
  });

  it('keep their priority and all of their settings, also those that are not shown', () => {
    const settings = {
      onUnassign: 'keep',
      licensesAhead: true,
      configuration: { server: 'a', ports: [1, 2] },
      laterVersion: 7,
    } as const;
    const [sent] = toInput(draftOf([assignment({ priority: 12, settings })]));
    expect(sent).toMatchObject({ priority: 12, settings });
  });

  it('leave out what another type refuses', () => {
    const settings = { isRemovable: false, preventManagedAppBackup: true };
    const draft = draftOf([assignment({ settings })]);
    const available = draft.map((one) => ({ ...one, type: 'available' as const }));
    expect(toInput(available)[0]?.settings).toEqual({ preventManagedAppBackup: true });
    expect(toInput(draft)[0]?.settings).toEqual(settings);
  });

  it('are changed by priority and settings, and not by what means the same', () => {
    const saved = [assignment({ settings: { configuration: { a: 1, b: 2 } } })];
    const draft = draftOf(saved);
    const changed = (part: { priority?: number; settings?: SettingsPatch }): boolean =>
      isChanged(
        draft.map((one) => ({ ...one, ...part })),
        saved,
      );
    expect(changed({ priority: 1 })).toBe(true);
    expect(changed({ settings: {} })).toBe(true);
    expect(changed({ settings: { configuration: { b: 2, a: 1 }, isRemovable: true } })).toBe(false);
  });
});

describe('settings', () => {
  const all = new Set<SettingName>(['onUnassign', 'licensesAhead', 'isRemovable', 'configuration']);

  it('mean nothing where they are the default, or null', () => {
    expect(meaningOf({ preventAutoAppUpdate: false, onUnassign: 'reclaimAndRemove' })).toBe('{}');
    expect(meaningOf({ vpnConfigurationId: null, configuration: {} })).toBe('{}');
    expect(meaningOf({ isRemovable: false })).not.toBe('{}');
  });

  it('are told in a few words, as far as they say something for the type', () => {
    const settings = {
      onUnassign: 'keep',
      licensesAhead: true,
      isRemovable: false,
      configuration: { a: 1 },
    } as const;
    expect(wordsOf({ priority: -3, settings }, 'required', all)).toEqual([
      'Priority -3',
      'Kept when unassigned',
      'Licenses ahead',
      'Not removable',
      'Configured',
    ]);
    expect(wordsOf({ priority: 0, settings }, 'available', new Set(['licensesAhead']))).toEqual([
      'Licenses ahead',
    ]);
  });
});

describe('an app configuration', () => {
  it('is read from JSON and written again', () => {
    const read = readConfiguration(' {"server":"a","on":true} ');
    expect(read).toEqual({ configuration: { server: 'a', on: true } });
    expect(readConfiguration('  ')).toEqual({ configuration: undefined });
    expect(readConfiguration(writeConfiguration({ a: [1, { b: 'c' }] }))).toEqual({
      configuration: { a: [1, { b: 'c' }] },
    });
    expect(writeConfiguration({})).toBe('');
  });

  it('is read from a property list', () => {
    const xml = `<?xml version="1.0" encoding="UTF-8"?>
      <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
      <plist version="1.0"><dict>
        <!-- where it is -->
        <key>server</key><string>https://a.example/?x=1&amp;y=&#50;</string>
        <key>ports</key><array><integer>80</integer><real>1.5</real></array>
        <key>deep</key><dict><key>on</key><true/><key>off</key><false></false><key>none</key><dict/></dict>
        <key>empty</key><string/>
      </dict></plist>`;
    expect(readConfiguration(xml)).toEqual({
      configuration: {
        server: 'https://a.example/?x=1&y=2',
        ports: [80, 1.5],
        deep: { on: true, off: false, none: {} },
        empty: '',
      },
    });
  });

  it.each([
    ['{"a":', /no JSON/],
    ['[1]', /object/],
    ['{"a":{"b":null}}', /^a\/b is null/],
    ['{"":1}', /name is empty/],
    ['<dict><key>a</key></dict>', /value is missing/],
    ['<dict><string>a</string></dict>', /<key>/],
    ['<dict><key>a</key><data>AA==</data></dict>', /<data> cannot/],
    ['<dict><key>a</key><integer>x</integer></dict>', /not a number/],
    ['<dict><key>a</key><true/>', /<\/dict> is missing/],
    ['<dict></dict><dict/>', /more after the end/],
    ['<dict>a < b</dict>', /stray/],
    ['<array><true/></array>', /object/],
  ])('that is wrong is told: %s', (text, problem) => {
    expect(readConfiguration(text)).toEqual({ problem: expect.stringMatching(problem) });
  });
});
