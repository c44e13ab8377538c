/** What an enrollment profile allows the server (Apple: MDM payload, AccessRights). */
export const RIGHT = {
  listProfiles: 1,
  changeProfiles: 2,
  lockAndClearPasscode: 4,
  deviceInformation: 16,
  listProvisioning: 64,
  changeProvisioning: 128,
  listApps: 256,
  settings: 2048,
  manageApps: 4096,
} as const;

export const ALL_RIGHTS = 8191;
