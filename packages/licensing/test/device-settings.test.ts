import { describe, expect, it } from 'vitest';
import { type SettingsOffer, deviceSettings } from '../src/index.ts';

const offer = (settings: SettingsOffer['settings'], more: Partial<SettingsOffer> = {}) => ({
  of: 'device' as const,
  kind: 'required' as const,
  priority: 0,
  position: 1,
  settings,
  ...more,
});

describe('what holds for an app on a device [L 37]', () => {
  it('is the default where nothing is said', () => {
    const defaults = {
      uninstallOnDeviceRemoval: false,
      isRemovable: true,
      preventManagedAppBackup: false,
      preventAutoAppUpdate: false,
    };
    expect(deviceSettings([])).toEqual(defaults);
    expect(deviceSettings([offer({})])).toEqual(defaults);
  });

  it('keeps the app after the end of management unless all say that it goes', () => {
    const goes = offer({ uninstallOnDeviceRemoval: true });
    expect(deviceSettings([goes, goes]).uninstallOnDeviceRemoval).toBe(true);
    expect(deviceSettings([goes, offer({})]).uninstallOnDeviceRemoval).toBe(false);
  });

  it('is the stricter word of several', () => {
    const strict = {
      isRemovable: false,
      preventManagedAppBackup: true,
      preventAutoAppUpdate: true,
    };
    expect(deviceSettings([offer({ isRemovable: true }), offer(strict)])).toMatchObject(strict);
  });

  it('is the word of the highest priority, then of the first, where none is stricter', () => {
    const low = offer({ vpnConfigurationId: 'low', configuration: { from: 'low' } });
    const high = offer({ vpnConfigurationId: 'high' }, { priority: 5, position: 9 });
    expect(deviceSettings([low, high])).toMatchObject({
      vpnConfigurationId: 'high',
      configuration: { from: 'low' },
    });
    expect(
      deviceSettings([offer({ vpnConfigurationId: 'second' }, { position: 2 }), low]),
    ).toMatchObject({ vpnConfigurationId: 'low' });
  });

  it('leaves out what is excluded within its kind, and what wants the app gone', () => {
    const prevent = { preventAutoAppUpdate: true };
    const exclusion = offer({}, { kind: 'exclusion' });
    expect(deviceSettings([offer(prevent), exclusion]).preventAutoAppUpdate).toBe(false);
    expect(deviceSettings([offer(prevent, { of: 'user' }), exclusion]).preventAutoAppUpdate).toBe(
      true,
    );
    expect(deviceSettings([offer(prevent, { kind: 'uninstall' })]).preventAutoAppUpdate).toBe(
      false,
    );
  });
});
