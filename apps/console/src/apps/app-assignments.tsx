import { type AppDetail, saveAssignments } from '../api/apps.ts';
import { whatIfApp } from '../api/what-if.ts';
import type { SettingName } from './assignment-settings.ts';
import { AssignmentsEditor } from './assignments-editor.tsx';

const types = ['required', 'available', 'uninstall', 'excluded'] as const;

const onMac: readonly SettingName[] = [
  'onUnassign',
  'licensesAhead',
  'uninstallOnDeviceRemoval',
  'preventManagedAppBackup',
  'preventAutoAppUpdate',
  'configuration',
];
const settings = {
  macos: new Set(onMac),
  ios: new Set<SettingName>([...onMac, 'onMacs', 'isRemovable', 'vpnConfigurationId']),
} as const;

/** Which groups get an app, how, and by which kind of license. */
export function AppAssignments({ app }: { readonly app: AppDetail }) {
  return (
    <AssignmentsEditor
      title={app}
      choices={{
        types,
        licenseTypes: app.deviceAssignable ? ['device', 'user'] : ['user'],
        settings: settings[app.platform],
      }}
      hint={
        app.deviceAssignable
          ? 'Devices of these groups, and of the people in them, get the app, or lose it.'
          : 'Apple licenses this app to people only: their devices get it once they have accepted.'
      }
      empty="Add a group, choose Save, and every device in it that can run the app gets a license and then the app."
      taking="Where no assignment wants the app any more, its licenses are taken back and the app is removed from the devices it was installed on here."
      withBuiltIn
      save={async (assignments) => saveAssignments(app.id, assignments)}
      foretell={async (assignments, signal) => whatIfApp(app.id, assignments, signal)}
      shownBy="apps"
    />
  );
}
