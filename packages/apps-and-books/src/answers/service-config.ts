import { type Fields, optionalInteger, optionalText, readMember, readTexts } from './read.ts';

/** Apple's live limits. They may change unannounced. */
export interface ServiceLimits {
  readonly maxAssets: number;
  readonly maxUsers: number;
  readonly maxClientUserIds: number;
  readonly maxSerialNumbers: number;
  readonly maxRevokeClientUserIds: number;
  readonly maxRevokeSerialNumbers: number;
  /** Characters, for the address and for its token each. */
  readonly maxNotificationLength: number;
  /** For each token. */
  readonly maxRequestPerSecond: number;
  readonly maxMdmNameLength: number;
  readonly maxMdmMetadataLength: number;
  readonly maxMdmIdLength: number;
}

/** Apple's published sample, used for each limit that an answer leaves out. */
export const defaultLimits: ServiceLimits = {
  maxAssets: 25,
  maxUsers: 100,
  maxClientUserIds: 1000,
  maxSerialNumbers: 1000,
  maxRevokeClientUserIds: 100,
  maxRevokeSerialNumbers: 100,
  maxNotificationLength: 512,
  maxRequestPerSecond: 15,
  maxMdmNameLength: 100,
  maxMdmMetadataLength: 255,
  maxMdmIdLength: 100,
};

export interface ServiceConfig {
  readonly limits: ServiceLimits;
  /** What can be subscribed to. */
  readonly notificationTypes: readonly string[];
  /** Template of the link that invites a person; undefined when Apple does not say. */
  readonly invitationUrlTemplate: string | undefined;
}

export function readServiceConfig(fields: Fields): ServiceConfig {
  return {
    limits: readMember(fields, 'limits', readLimits) ?? defaultLimits,
    notificationTypes: readTexts(fields, 'notificationTypes'),
    invitationUrlTemplate: readMember(fields, 'urls', (urls) =>
      optionalText(urls, 'invitationEmail'),
    ),
  };
}

function readLimits(fields: Fields): ServiceLimits {
  const limit = (key: keyof ServiceLimits): number => {
    const value = optionalInteger(fields, key);
    return value === undefined || value < 1 ? defaultLimits[key] : value;
  };
  return {
    maxAssets: limit('maxAssets'),
    maxUsers: limit('maxUsers'),
    maxClientUserIds: limit('maxClientUserIds'),
    maxSerialNumbers: limit('maxSerialNumbers'),
    maxRevokeClientUserIds: limit('maxRevokeClientUserIds'),
    maxRevokeSerialNumbers: limit('maxRevokeSerialNumbers'),
    maxNotificationLength: limit('maxNotificationLength'),
    maxRequestPerSecond: limit('maxRequestPerSecond'),
    maxMdmNameLength: limit('maxMdmNameLength'),
    maxMdmMetadataLength: limit('maxMdmMetadataLength'),
    maxMdmIdLength: limit('maxMdmIdLength'),
  };
}
