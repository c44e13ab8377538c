import { type Static, Type } from 'typebox';

const Count = Type.Integer({ minimum: 1 });

const Limits = Type.Object({
  maxAssets: Count,
  maxUsers: Count,
  maxClientUserIds: Count,
  maxSerialNumbers: Count,
  maxRevokeClientUserIds: Count,
  maxRevokeSerialNumbers: Count,
  maxNotificationLength: Count,
  maxRequestPerSecond: Count,
  maxSubscriptions: Count,
  maxSubscriptionClientUserIds: Count,
  maxMdmNameLength: Count,
  maxMdmMetadataLength: Count,
  maxMdmIdLength: Count,
});
export type Limits = Static<typeof Limits>;

const EventSeconds = Type.Object({
  minimum: Type.Number({ minimum: 0 }),
  maximum: Type.Number({ minimum: 0 }),
});

/** How the license service behaves where Apple leaves it open or may change it. */
const Settings = Type.Object({
  limits: Limits,
  hiddenLimits: Type.Array(Type.Enum(Object.keys(Limits.properties) as (keyof Limits)[]), {
    description: 'Limits that hold although GET /service/config does not name them.',
  }),
  pageSize: Type.Integer({ minimum: 1, description: 'Records a page.' }),
  parallelPages: Type.Integer({
    minimum: 1,
    description: 'Page requests of a location answered at a time; one more is refused with 429.',
  }),
  latencyMs: Type.Integer({ minimum: 0, description: 'Real milliseconds added to every page.' }),
  tokenExpirationDate: Type.Enum(['always', 'near', 'never'], {
    description: 'Whether answers name it: always, within 15 days of expiry, never.',
  }),
  tokenErrors: Type.Enum(['status', 'ok'], {
    description: 'Refused tokens come with HTTP 401 or 403 (status), or with HTTP 200 (ok).',
  }),
  repeatedPairs: Type.Enum(['accept', 'refuse'], {
    description: 'Assigning twice and taking back what is not assigned: success, or 9616 and 9619.',
  }),
  removals: Type.Enum(['hidden', 'shown'], {
    description: 'Whether incremental answers of /assignments list removed rows ("removed": true).',
  }),
  versionLifetimeDays: Type.Number({
    minimum: 0,
    description: 'How long a versionId is accepted as sinceVersionId; then 9721.',
  }),
  eventSeconds: EventSeconds,
  propagationSeconds: Type.Number({
    minimum: 0,
    description: 'How long after Apple settled an assignment devices see it. Nothing at speed 0.',
  }),
});
export type Settings = Static<typeof Settings>;

/** Any part of the settings, to be changed at run time. */
export const SettingsPatch = Type.Partial(
  Type.Object({
    ...Settings.properties,
    limits: Type.Partial(Limits, { additionalProperties: false }),
    eventSeconds: Type.Partial(EventSeconds, { additionalProperties: false }),
  }),
  { additionalProperties: false },
);
export type SettingsPatch = Static<typeof SettingsPatch>;

/** Apple's sample values (protocol reference 1.3) and the likeliest manners. */
export function defaultSettings(): Settings {
  return {
    limits: {
      maxAssets: 25,
      maxUsers: 100,
      maxClientUserIds: 1000,
      maxSerialNumbers: 1000,
      maxRevokeClientUserIds: 100,
      maxRevokeSerialNumbers: 100,
      maxNotificationLength: 512,
      maxRequestPerSecond: 15,
      maxSubscriptions: 25,
      maxSubscriptionClientUserIds: 1000,
      maxMdmNameLength: 100,
      maxMdmMetadataLength: 255,
      maxMdmIdLength: 100,
    },
    hiddenLimits: [],
    pageSize: 1000,
    parallelPages: 5,
    latencyMs: 0,
    tokenExpirationDate: 'always',
    tokenErrors: 'status',
    repeatedPairs: 'accept',
    removals: 'hidden',
    versionLifetimeDays: 30,
    eventSeconds: { minimum: 2, maximum: 10 },
    propagationSeconds: 3,
  };
}

/** Changes the settings in place; what the patch leaves out stays. */
export function changeSettings(settings: Settings, patch: SettingsPatch): void {
  const { limits, eventSeconds, ...rest } = patch;
  Object.assign(settings, rest);
  Object.assign(settings.limits, limits);
  Object.assign(settings.eventSeconds, eventSeconds);
}
