import { Type, type Static, type TSchema } from 'typebox';

const Answer = Type.Enum(['accept', 'decline', 'ignore']);

function OrNull<Schema extends TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Null()]);
}

/** What a device is like and how its person behaves. All of it can be changed later. */
export const Traits = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'As the person calls it.' }),
    productName: Type.String({ minLength: 1, description: 'For example iPhone14,5.' }),
    osVersion: Type.String({ pattern: '^\\d+(\\.\\d+){0,2}$' }),
    supervised: Type.Boolean(),
    personId: OrNull(Type.String({ description: 'Whose device it is.' })),
    storeAccount: Type.Enum(['none', 'own', 'other', 'managed'], {
      description:
        'Who is signed in to the store: nobody, the person, somebody else, or the person with the Managed Apple Account.',
    }),
    managedAccountId: OrNull(
      Type.String({
        description:
          'personId of the Managed Apple Account for work; null: that of the person, if an organization owns it.',
      }),
    ),
    storefront: Type.String({
      pattern: '^[A-Za-z]{2}$',
      description: 'Country of the store: what is not for sale there is not found.',
    }),
    multiUser: Type.Boolean({ description: 'Shared iPad; on other families without effect.' }),
    awaitingConfiguration: Type.Boolean({
      description: 'In Setup Assistant until the server sends DeviceConfigured or this is changed.',
    }),
    capacityBytes: Type.Integer({ minimum: 0 }),
    freeBytes: Type.Integer({ minimum: 0 }),
    locked: Type.Boolean({ description: 'Installs are answered with NotNow, prompts wait.' }),
    online: Type.Boolean(),
    storeDisabled: Type.Boolean({ description: 'A policy has taken the App Store away.' }),
    singleApp: OrNull(
      Type.String({ description: 'Bundle id of the only app the device shows (kiosk).' }),
    ),
    appsInUse: Type.Array(Type.String(), {
      description: 'Bundle ids of apps in the foreground: updating them asks the person.',
    }),
    promptAnswer: Answer,
    promptAnswers: Type.Partial(
      Type.Object({
        invite: Answer,
        install: Answer,
        account: Answer,
        management: Answer,
        update: Answer,
      }),
      {
        additionalProperties: false,
        description: 'Exceptions from promptAnswer by kind of prompt.',
      },
    ),
    missingLicense: Type.Enum(['error', 'failed'], {
      description: 'A license not found shows in the answer at once, or later as the state Failed.',
    }),
    refusal: Type.Enum(['acknowledged', 'error'], {
      description: 'A RejectionReason comes with Acknowledged, or with Error and an ErrorChain.',
    }),
    propagationMs: OrNull(
      Type.Integer({
        minimum: 0,
        description:
          'How long after it settled the device sees a license; default: as the service.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type Traits = Static<typeof Traits>;

export const Family = Type.Enum(['iPhone', 'iPad', 'Mac', 'AppleTV', 'Vision']);
export type Family = Static<typeof Family>;

/** What one can ask for when making a device; the rest has defaults. */
export const DeviceRequest = Type.Object(
  {
    ...Type.Partial(Traits).properties,
    serialNumber: Type.Optional(Type.String({ pattern: '^[A-Z0-9]{8,14}$' })),
    family: Family,
    installedApps: Type.Optional(
      Type.Array(
        Type.Object(
          { bundleId: Type.String({ minLength: 1 }), version: Type.Optional(Type.String()) },
          { additionalProperties: false },
        ),
        { description: 'Apps the person has installed.' },
      ),
    ),
  },
  { additionalProperties: false },
);
export type DeviceRequest = Static<typeof DeviceRequest>;

export const TraitChanges = Type.Partial(Traits, { additionalProperties: false });
export type TraitChanges = Static<typeof TraitChanges>;

const MODELS: Readonly<Record<Family, { readonly product: string; readonly os: string }>> = {
  iPhone: { product: 'iPhone14,5', os: '18.1' },
  iPad: { product: 'iPad13,18', os: '18.1' },
  Mac: { product: 'Mac14,2', os: '15.1' },
  AppleTV: { product: 'AppleTV14,1', os: '18.1' },
  Vision: { product: 'RealityDevice14,1', os: '2.1' },
};

/** Whether a device puts off what needs its person. */
export function isBusy({ locked, awaitingConfiguration }: Traits): boolean {
  return locked || awaitingConfiguration;
}

/** The traits of a new device: what was asked for over the defaults. */
export function traitsFor(request: DeviceRequest): Traits {
  const { serialNumber, family, installedApps: _apart, ...wanted } = request;
  const model = MODELS[family];
  return {
    name: `${family} ${serialNumber ?? ''}`.trim(),
    productName: model.product,
    osVersion: model.os,
    supervised: false,
    personId: null,
    storeAccount: typeof wanted.personId === 'string' ? 'own' : 'none',
    managedAccountId: null,
    storefront: 'us',
    multiUser: false,
    awaitingConfiguration: false,
    capacityBytes: 63_980_000_000,
    freeBytes: 32_500_000_000,
    locked: false,
    online: true,
    storeDisabled: false,
    singleApp: null,
    appsInUse: [],
    promptAnswer: 'accept',
    promptAnswers: {},
    missingLicense: 'error',
    refusal: 'acknowledged',
    propagationMs: null,
    ...wanted,
  };
}
