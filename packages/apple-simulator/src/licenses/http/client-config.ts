import { Type } from 'typebox';

import { ServiceError } from '../errors.ts';
import type { Location, MdmInfo, NotificationTarget } from '../location.ts';
import type { Limits } from '../settings.ts';
import { type Call, commonFields, type Operation, parseBody } from './operation.ts';

const Body = Type.Object({
  mdmInfo: Type.Optional(
    Type.Object({
      id: Type.Optional(Type.String()),
      name: Type.Optional(Type.String()),
      metadata: Type.Optional(Type.String()),
    }),
  ),
  notificationUrl: Type.Optional(Type.String()),
  notificationAuthToken: Type.Optional(Type.String()),
  notificationTypes: Type.Optional(Type.Array(Type.String())),
});

/** GET /client/config (protocol reference 1.4). */
export const getClientConfig: Operation = {
  method: 'GET',
  path: '/client/config',
  name: 'clientConfig',
  readOnly: false,
  answer: configuration,
};

/** POST /client/config: what it sets is refused as a whole unless a TEST_NOTIFICATION gets through. */
export const setClientConfig: Operation = {
  method: 'POST',
  path: '/client/config',
  name: 'setClientConfig',
  readOnly: false,
  async answer(call) {
    const body = parseBody(Body, call.body);
    const { limits } = call.service.settings;
    const mdmInfo = body.mdmInfo && checkedInfo(body.mdmInfo, limits);
    const target = checkedTarget(body, limits);
    if (target && !(await call.service.notifier.test(call.location, target))) {
      throw new ServiceError(9728);
    }
    if (mdmInfo) call.location.mdmInfo = mdmInfo;
    if (target) configureNotifications(call.location, target);
    if (body.notificationTypes)
      call.location.subscribedTypes = [...new Set(body.notificationTypes)];
    return configuration(call);
  },
};

function configureNotifications(location: Location, target: NotificationTarget): void {
  const { notifications: earlier } = location;
  if (earlier?.url === target.url && earlier.authToken === target.authToken) return;
  location.earlierNotifications = earlier;
  location.notifications = target;
}

function configuration(call: Call): object {
  const { organization, name, mdmInfo, notifications, subscribedTypes } = call.location;
  const school = organization.kind === 'school';
  return {
    countryISO2ACode: organization.country,
    defaultPlatform: school ? 'volumestore' : 'enterprisestore',
    locationName: name,
    ...(notifications && {
      notificationUrl: notifications.url,
      notificationAuthToken: notifications.authToken,
    }),
    // Apple does not keep the order in which the types were given.
    subscribedNotificationTypes: [...subscribedTypes].sort(),
    websiteURL: school ? 'https://school.apple.com' : 'https://business.apple.com',
    ...commonFields(call),
    mdmInfo: mdmInfo ?? null,
  };
}

function checkedInfo({ id, name, metadata }: Partial<MdmInfo>, limits: Limits): MdmInfo {
  if (!id || !name || !metadata) throw new ServiceError(9723);
  if (metadata.length > limits.maxMdmMetadataLength) throw new ServiceError(9713);
  if (id.length > limits.maxMdmIdLength) throw new ServiceError(9724);
  if (name.length > limits.maxMdmNameLength) throw new ServiceError(9725);
  return { id, name, metadata };
}

function checkedTarget(
  body: { notificationUrl?: string; notificationAuthToken?: string },
  { maxNotificationLength }: Limits,
): { url: string; authToken: string } | undefined {
  const { notificationUrl: url, notificationAuthToken: authToken } = body;
  if (url === undefined && authToken === undefined) return undefined;
  if (!url || !authToken) throw new ServiceError(9710);
  if (url.length > maxNotificationLength || authToken.length > maxNotificationLength) {
    throw new ServiceError(9711);
  }
  const parsed = URL.parse(url);
  if (parsed?.protocol !== 'https:' || parsed.pathname === '/') throw new ServiceError(9712);
  return { url, authToken };
}
