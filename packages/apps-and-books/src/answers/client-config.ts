import { type LocationAnswer, readLocationAnswer } from './common.ts';
import { type Fields, optionalText, readTexts } from './read.ts';

/** What Apple has on record for a location. The notification secret, which Apple returns in clear, is left out. */
export interface ClientConfig extends LocationAnswer {
  readonly locationName: string;
  /** Two letters: the storefront whose catalog describes the titles. */
  readonly countryISO2ACode: string | undefined;
  /** `volumestore` (education) or `enterprisestore`. */
  readonly defaultPlatform: string | undefined;
  readonly websiteURL: string | undefined;
  readonly notificationUrl: string | undefined;
  readonly subscribedNotificationTypes: readonly string[];
}

export function readClientConfig(fields: Fields): ClientConfig {
  return {
    ...readLocationAnswer(fields),
    locationName: optionalText(fields, 'locationName') ?? '',
    countryISO2ACode: optionalText(fields, 'countryISO2ACode'),
    defaultPlatform: optionalText(fields, 'defaultPlatform'),
    websiteURL: optionalText(fields, 'websiteURL'),
    notificationUrl: optionalText(fields, 'notificationUrl'),
    subscribedNotificationTypes: readTexts(fields, 'subscribedNotificationTypes'),
  };
}
