import { describe, expect, it } from 'vitest';
import { type PromptFacts, promptsFor } from '../src/index.ts';

const own: PromptFacts = {
  licenseType: 'user',
  supervised: false,
  kiosk: false,
  userEnrollment: false,
  managedAccount: false,
  invited: false,
};
const byDevice = { ...own, licenseType: 'device' } as const;

describe('a person is asked', () => {
  it.each<[string, PromptFacts, [boolean, boolean, boolean]]>([
    [
      'everything on an unsupervised device, whosever it is, by a user license',
      own,
      [true, true, true],
    ],
    [
      '[brief 52] to join and to sign in on a supervised device, by a user license',
      { ...own, supervised: true },
      [true, false, true],
    ],
    [
      'to install on an unsupervised device, whosever it is, by a device license',
      byDevice,
      [false, true, false],
    ],
    [
      '[brief 55] nothing on a supervised device, by a device license',
      { ...byDevice, supervised: true },
      [false, false, false],
    ],
    [
      '[brief 56] nothing at a kiosk, by a device license',
      { ...byDevice, supervised: true, kiosk: true },
      [false, false, false],
    ],
    [
      '[brief 57] nothing at a kiosk by a user license, which is advised against',
      { ...own, supervised: true, kiosk: true },
      [false, false, false],
    ],
    ['no second time to join', { ...own, invited: true }, [false, true, true]],
    [
      'neither to join nor to sign in with the account that the organization made',
      { ...own, managedAccount: true },
      [false, true, false],
    ],
    [
      'only to install under User Enrollment, whose account is the organization’s',
      { ...own, userEnrollment: true },
      [false, true, false],
    ],
  ])('%s', (_what, facts, [invitation, install, signIn]) => {
    expect(promptsFor(facts)).toMatchObject({ invitation, install, signIn });
  });

  it('[brief 58] nothing that a kiosk could answer: a user license there is discouraged', () => {
    expect(promptsFor({ ...own, kiosk: true }).discouraged).toBe('kioskWithUserLicense');
    expect(promptsFor({ ...byDevice, kiosk: true }).discouraged).toBeNull();
  });
});
