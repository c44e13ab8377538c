import {
  Field,
  Input,
  Select,
  SpinButton,
  Switch,
  Textarea,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { useState } from 'react';
import type { OnUnassign, SettingsPatch } from '../api/apps.ts';
import { FormDrawer } from '../ui/form-drawer.tsx';
import type { DraftAssignment } from './assignment-draft.ts';
import { type SettingName, appliesTo, unassignNames } from './assignment-settings.ts';
import { readConfiguration, writeConfiguration } from './configuration-text.ts';

const useStyles = makeStyles({
  configuration: { '& textarea': { fontFamily: tokens.fontFamilyMonospace } },
});

const highestPriority = 1000;

type Chosen = Pick<DraftAssignment, 'priority' | 'settings'>;

interface AssignmentSettingsDrawerProps {
  readonly assignment: DraftAssignment;
  readonly offered: ReadonlySet<SettingName>;
  readonly onApply: (chosen: Chosen) => void;
  readonly onClose: () => void;
}

/** How one assignment is carried out; like everything in the editor it counts only once the assignments are saved. */
export function AssignmentSettingsDrawer(props: AssignmentSettingsDrawerProps) {
  const { assignment, offered, onApply, onClose } = props;
  const [priority, setPriority] = useState<number | null>(assignment.priority);
  const [settings, setSettings] = useState(assignment.settings);
  const [text, setText] = useState(() => writeConfiguration(settings.configuration ?? undefined));
  const read = readConfiguration(text);
  const isOffered = (name: SettingName): boolean =>
    offered.has(name) && appliesTo(name, assignment.type);
  const isRight =
    priority !== null && Number.isInteger(priority) && Math.abs(priority) <= highestPriority;
  return (
    <FormDrawer
      title={`Settings for ${assignment.name}`}
      act="Apply"
      pending={false}
      error={null}
      disabled={!isRight || 'problem' in read}
      onSubmit={() => {
        if (priority === null || 'problem' in read) return;
        onApply({
          priority,
          settings: isOffered('configuration')
            ? { ...settings, configuration: read.configuration ?? null }
            : settings,
        });
      }}
      onClose={onClose}
    >
      <Field
        label="Priority"
        hint="Where several assignments reach somebody, the highest decides. When licenses run short, it is served first. Most leave it at 0."
        {...(isRight
          ? {}
          : {
              validationMessage: `A whole number from -${highestPriority} to ${highestPriority}.`,
            })}
      >
        <SpinButton
          value={priority}
          min={-highestPriority}
          max={highestPriority}
          onChange={(_, { value, displayValue }) =>
            setPriority(value ?? (displayValue?.trim() === '' ? null : Number(displayValue)))
          }
        />
      </Field>
      {isOffered('onUnassign') && (
        <UnassignField
          value={settings.onUnassign ?? 'reclaimAndRemove'}
          onChange={(onUnassign) => setSettings({ ...settings, onUnassign })}
        />
      )}
      {switches
        .filter(({ name }) => isOffered(name))
        .map(({ name, label, hint, byDefault }) => (
          <Field key={name} hint={hint}>
            <Switch
              label={label}
              checked={settings[name] ?? byDefault}
              onChange={(_, { checked }) => setSettings({ ...settings, [name]: checked })}
            />
          </Field>
        ))}
      {isOffered('vpnConfigurationId') && (
        <Field
          label="VPN payload"
          hint="UUID of a per-app VPN that a profile brought to the device. Left empty, the app uses none."
        >
          <Input
            value={settings.vpnConfigurationId ?? ''}
            onChange={(_, { value }) => setSettings(withVpn(settings, value.trim()))}
          />
        </Field>
      )}
      {isOffered('configuration') && (
        <ConfigurationField
          text={text}
          problem={'problem' in read ? read.problem : undefined}
          onChange={setText}
        />
      )}
    </FormDrawer>
  );
}

const switches = [
  {
    name: 'licensesAhead',
    label: 'Take licenses ahead',
    hint: 'Devices of the group that are known by serial number get a license before they enroll, and an available app takes its license when it is offered, not when somebody asks for it.',
    byDefault: false,
  },
  {
    name: 'onMacs',
    label: 'Install on Macs with Apple silicon, too',
    hint: 'Where the app runs there and has no version for the Mac. Each Mac takes a device license.',
    byDefault: false,
  },
  {
    name: 'isRemovable',
    label: 'The person may remove the app',
    hint: 'Off keeps it on the device, from iOS 14 on.',
    byDefault: true,
  },
  {
    name: 'uninstallOnDeviceRemoval',
    label: 'Remove the app when the device leaves management',
    hint: 'Where several assignments reach a device, only if all say so.',
    byDefault: false,
  },
  {
    name: 'preventManagedAppBackup',
    label: 'Keep the app’s data out of backups',
    hint: 'iCloud and computers.',
    byDefault: false,
  },
  {
    name: 'preventAutoAppUpdate',
    label: 'Prevent automatic updates',
    hint: 'The app keeps its version although the token updates apps.',
    byDefault: false,
  },
] as const satisfies readonly {
  readonly name: SettingName;
  readonly label: string;
  readonly hint: string;
  readonly byDefault: boolean;
}[];

interface UnassignFieldProps {
  readonly value: OnUnassign;
  readonly onChange: (value: OnUnassign) => void;
}

function UnassignField({ value, onChange }: UnassignFieldProps) {
  const choices = Object.keys(unassignNames) as OnUnassign[];
  return (
    <Field label="When no assignment wants the app any more">
      <Select
        value={value}
        onChange={(_, data) => {
          const chosen = choices.find((one) => one === data.value);
          if (chosen !== undefined) onChange(chosen);
        }}
      >
        {choices.map((one) => (
          <option key={one} value={one}>
            {unassignNames[one]}
          </option>
        ))}
      </Select>
    </Field>
  );
}

interface ConfigurationFieldProps {
  readonly text: string;
  readonly problem: string | undefined;
  readonly onChange: (text: string) => void;
}

function ConfigurationField({ text, problem, onChange }: ConfigurationFieldProps) {
  const styles = useStyles();
  return (
    <Field
      label="App configuration"
      hint="What the app reads on the device, as its developer describes it: JSON, or the <dict> of a property list."
      {...(problem === undefined ? {} : { validationMessage: problem })}
    >
      <Textarea
        className={styles.configuration}
        rows={8}
        resize="vertical"
        spellCheck={false}
        placeholder={'{\n  "serverAddress": "https://example.org"\n}'}
        value={text}
        onChange={(_, { value }) => onChange(value)}
      />
    </Field>
  );
}

function withVpn(settings: SettingsPatch, id: string): SettingsPatch {
  return { ...settings, vpnConfigurationId: id === '' ? null : id };
}
