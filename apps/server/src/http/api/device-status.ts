import type { DeviceAppStatus } from '../../status/index.ts';

/** One app on one device as the console shows it. */
export function statusView(status: DeviceAppStatus): object {
  const { command, installation, errorCode, changedAt, lastCheckInAt, ...rest } = status;
  return {
    ...rest,
    lastCheckInDateTime: lastCheckInAt,
    command: command === null ? null : { state: command.state, sentDateTime: command.sentAt },
    installation:
      installation === null
        ? null
        : { appleState: installation.appleState, reportedDateTime: installation.reportedAt },
    errorCode,
    hexErrorCode: hexOf(errorCode),
    changedDateTime: changedAt,
  };
}

/** An Int32 as Intune's documentation writes it, such as 0x87D13B7E; null when there is no error. */
export function hexOf(errorCode: number): string | null {
  if (errorCode === 0) return null;
  return `0x${(errorCode >>> 0).toString(16).toUpperCase().padStart(8, '0')}`;
}
