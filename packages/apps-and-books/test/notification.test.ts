import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppsAndBooksError, parseNotification } from '../src/index.ts';
import { outcomeOf } from './support/apple.ts';

const envelope = { notificationId: 'n-1', uId: '2049000000000001' };

describe('parseNotification', () => {
  it('reads a failure with its targets', () => {
    const read = parseNotification({
      ...envelope,
      notificationType: 'ASSET_MANAGEMENT',
      notification: {
        eventId: '5d2e',
        type: 'ASSOCIATE',
        result: 'FAILURE',
        error: { errorNumber: 9709, errorMessage: 'None left.' },
        assignments: [{ adamId: '900100001', pricingParam: 'STDQ', serialNumber: 'C02SIM0002' }],
      },
    });
    expect(read).toEqual({
      ...envelope,
      type: 'ASSET_MANAGEMENT',
      eventId: '5d2e',
      operation: 'ASSOCIATE',
      succeeded: false,
      failure: { errorNumber: 9709, errorMessage: 'None left.', errorInfo: undefined },
      assignments: [{ adamId: '900100001', pricingParam: 'STDQ', serialNumber: 'C02SIM0002' }],
    });
  });

  it.each([
    ['TEST_NOTIFICATION', {}, { type: 'TEST_NOTIFICATION' }],
    [
      'ASSET_COUNT',
      { adamId: '1', pricingParam: 'PLUS', countDelta: -3 },
      { adamId: '1', pricingParam: 'PLUS', countDelta: -3 },
    ],
    [
      'USER_MANAGEMENT',
      { type: 'CREATE', result: 'SUCCESS', users: [{ clientUserId: 'u-1', status: 'Registered' }] },
      { succeeded: true, eventId: undefined },
    ],
    [
      'USER_ASSOCIATED',
      { associatedUsers: [{ clientUserId: 'u-1', idHash: 'h', status: 'Associated' }] },
      { type: 'USER_ASSOCIATED' },
    ],
    ['UNLIMITED_ASSET', { anything: true }, { type: 'other', name: 'UNLIMITED_ASSET' }],
  ])('reads %s', (notificationType, notification, expected) => {
    expect(parseNotification({ ...envelope, notificationType, notification })).toMatchObject({
      ...envelope,
      ...expected,
    });
  });

  it('names the field that is missing', () => {
    const body = { ...envelope, notificationType: 'ASSET_COUNT', notification: { adamId: '1' } };
    expect(() => parseNotification(body)).toThrow(/"notification\.countDelta"/);
    expect(() => parseNotification([])).toThrow(/"body"/);
  });

  it('refuses whatever else comes in a sentence', () => {
    const types = fc.constantFrom(
      'ASSET_COUNT',
      'ASSET_MANAGEMENT',
      'USER_MANAGEMENT',
      'USER_ASSOCIATED',
      'NEW',
    );
    fc.assert(
      fc.property(types, fc.jsonValue(), (notificationType, notification) => {
        const read = outcomeOf(() =>
          parseNotification({ ...envelope, notificationType, notification }),
        );
        expect(read instanceof AppsAndBooksError || !(read instanceof Error)).toBe(true);
      }),
    );
  });
});
