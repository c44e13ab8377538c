import type { EntityType } from '@allotment/graph-odata';

const mobileApp = {
  id: 'both',
  displayName: 'both',
  description: 'both',
  publisher: 'both',
  largeIcon: 'both',
  createdDateTime: 'both',
  lastModifiedDateTime: 'both',
  isFeatured: 'both',
  privacyInformationUrl: 'both',
  informationUrl: 'both',
  owner: 'both',
  developer: 'both',
  notes: 'both',
  uploadState: 'beta',
  publishingState: 'both',
  isAssigned: 'beta',
  roleScopeTagIds: 'beta',
  dependentAppCount: 'beta',
  supersedingAppCount: 'beta',
  supersededAppCount: 'beta',
} as const;

const vppApp = {
  usedLicenseCount: 'both',
  totalLicenseCount: 'both',
  releaseDateTime: 'both',
  appStoreUrl: 'both',
  licensingType: 'both',
  vppTokenOrganizationName: 'both',
  vppTokenAccountType: 'both',
  vppTokenAppleId: 'both',
  bundleId: 'both',
  vppTokenId: 'beta',
  vppTokenDisplayName: 'beta',
  revokeLicenseActionResults: 'beta',
} as const;

export const iosVppApp: EntityType = {
  name: 'iosVppApp',
  base: 'mobileApp',
  properties: { ...mobileApp, ...vppApp, applicableDeviceType: 'both' },
  navigation: ['assignments', 'categories'],
};

/** Graph has macOS apps in beta only. */
export const macOsVppApp: EntityType = {
  name: 'macOsVppApp',
  base: 'mobileApp',
  properties: { ...mobileApp, ...vppApp },
  navigation: ['assignments', 'categories'],
};

export const mobileAppAssignment: EntityType = {
  name: 'mobileAppAssignment',
  properties: {
    id: 'both',
    intent: 'both',
    source: 'beta',
    sourceId: 'beta',
    target: 'both',
    settings: 'both',
  },
};

export const iosVppEBook: EntityType = {
  name: 'iosVppEBook',
  base: 'managedEBook',
  properties: {
    id: 'both',
    displayName: 'both',
    description: 'both',
    publisher: 'both',
    publishedDateTime: 'both',
    largeCover: 'both',
    createdDateTime: 'both',
    lastModifiedDateTime: 'both',
    informationUrl: 'both',
    privacyInformationUrl: 'both',
    vppTokenId: 'both',
    appleId: 'both',
    vppOrganizationName: 'both',
    genres: 'both',
    language: 'both',
    seller: 'both',
    totalLicenseCount: 'both',
    usedLicenseCount: 'both',
    roleScopeTagIds: 'beta',
  },
  navigation: ['assignments'],
};

/** Of a book the intent has a name of its own. */
export const managedEBookAssignment: EntityType = {
  name: 'managedEBookAssignment',
  properties: { id: 'both', installIntent: 'both', target: 'both' },
};

export const vppToken: EntityType = {
  name: 'vppToken',
  properties: {
    id: 'both',
    displayName: 'beta',
    organizationName: 'both',
    vppTokenAccountType: 'both',
    appleId: 'both',
    expirationDateTime: 'both',
    lastSyncDateTime: 'both',
    token: 'both',
    lastModifiedDateTime: 'both',
    state: 'both',
    tokenActionResults: 'beta',
    lastSyncStatus: 'both',
    automaticallyUpdateApps: 'both',
    countryOrRegion: 'both',
    dataSharingConsentGranted: 'beta',
    locationName: 'beta',
    claimTokenManagementFromExternalMdm: 'beta',
    roleScopeTagIds: 'beta',
  },
};

export const managedDevice: EntityType = {
  name: 'managedDevice',
  properties: {
    id: 'both',
    deviceName: 'both',
    managedDeviceName: 'both',
    serialNumber: 'both',
    udid: 'both',
    model: 'both',
    manufacturer: 'both',
    operatingSystem: 'both',
    osVersion: 'both',
    isSupervised: 'both',
    managedDeviceOwnerType: 'both',
    managementState: 'both',
    managementAgent: 'both',
    complianceState: 'both',
    deviceRegistrationState: 'both',
    enrolledDateTime: 'both',
    lastSyncDateTime: 'both',
    userId: 'both',
    userPrincipalName: 'both',
    userDisplayName: 'both',
    emailAddress: 'both',
    azureADDeviceId: 'both',
    azureADRegistered: 'both',
    deviceEnrollmentType: 'both',
    deviceCategoryDisplayName: 'both',
    enrollmentProfileName: 'both',
    imei: 'both',
    meid: 'both',
    isEncrypted: 'both',
    jailBroken: 'both',
    totalStorageSpaceInBytes: 'both',
    freeStorageSpaceInBytes: 'both',
    activationLockBypassCode: 'both',
    deviceActionResults: 'both',
    notes: 'both',
    ownerType: 'beta',
    roleScopeTagIds: 'beta',
  },
};

export const group: EntityType = {
  name: 'group',
  properties: {
    id: 'both',
    displayName: 'both',
    description: 'both',
    groupTypes: 'both',
    mailEnabled: 'both',
    mailNickname: 'both',
    membershipRule: 'both',
    securityEnabled: 'both',
    visibility: 'both',
    createdDateTime: 'both',
    deletedDateTime: 'both',
  },
  navigation: ['members'],
};

/** `managedAppleId` is ours: Graph knows no Apple Accounts. */
export const user: EntityType = {
  name: 'user',
  properties: {
    id: 'both',
    displayName: 'both',
    userPrincipalName: 'both',
    mail: 'both',
    givenName: 'both',
    surname: 'both',
    department: 'both',
    jobTitle: 'both',
    managedAppleId: 'both',
    accountEnabled: 'both',
    createdDateTime: 'both',
  },
};

/** `serialNumber` is ours: Graph hides it in `physicalIds`, where no filter finds it. */
export const device: EntityType = {
  name: 'device',
  properties: {
    id: 'both',
    deviceId: 'both',
    displayName: 'both',
    operatingSystem: 'both',
    operatingSystemVersion: 'both',
    isManaged: 'both',
    manufacturer: 'both',
    physicalIds: 'both',
    serialNumber: 'both',
  },
};

/** Names that can follow a namespace in a path and are types there, not actions. */
export const derivedTypes: readonly string[] = [
  'mobileApp',
  'managedEBook',
  ...[iosVppApp, macOsVppApp, iosVppEBook, group, user, device].map((type) => type.name),
];
