import { Button, Select, makeStyles, tokens } from '@fluentui/react-components';
import { DeleteRegular } from '@fluentui/react-icons/svg/delete';
import { OptionsRegular } from '@fluentui/react-icons/svg/options';
import { formatNumber } from '../format/numbers.ts';
import { Ellipsis } from '../ui/ellipsis.tsx';
import { StateChip } from '../ui/state-chip.tsx';
import type { Column } from '../ui/table-model.ts';
import type { AssignmentType, DraftAssignment } from './assignment-draft.ts';
import { type SettingName, wordsOf } from './assignment-settings.ts';

const useStyles = makeStyles({
  settings: {
    minWidth: 0,
    maxWidth: '100%',
    justifyContent: 'start',
    marginInlineStart: `calc(-1 * ${tokens.spacingHorizontalS})`,
    fontWeight: tokens.fontWeightRegular,
  },
});

const typeNames = {
  required: 'Required',
  available: 'Available',
  uninstall: 'Uninstall',
  excluded: 'Excluded',
} as const satisfies Record<AssignmentType, string>;

const licenseNames = {
  device: 'Device licensing',
  user: 'User licensing',
} as const satisfies Record<DraftAssignment['licenseType'], string>;

/** What can be chosen: books are for people, and stay. */
export interface AssignmentChoices {
  readonly types: readonly AssignmentType[];
  readonly licenseTypes: readonly DraftAssignment['licenseType'][];
  readonly settings: ReadonlySet<SettingName>;
}

interface AssignmentActs {
  readonly onType: (key: string, type: AssignmentType) => void;
  readonly onLicenseType: (key: string, licenseType: DraftAssignment['licenseType']) => void;
  readonly onSettings: (key: string) => void;
  readonly onRemove: (key: string) => void;
}

export function assignmentColumns(
  choices: AssignmentChoices,
  acts: AssignmentActs,
): readonly Column<DraftAssignment>[] {
  return [
    {
      id: 'group',
      header: 'Group',
      width: 'minmax(0, 2fr)',
      cell: (row) => (
        <Ellipsis>
          {row.name} {row.isNew && <StateChip tone="attention">Not saved</StateChip>}
          {row.groupDeleted && <StateChip tone="bad">Group deleted</StateChip>}
        </Ellipsis>
      ),
    },
    {
      id: 'type',
      header: 'Type',
      width: 'minmax(128px, 1fr)',
      cell: (row) => <TypeChoice row={row} types={choices.types} onType={acts.onType} />,
    },
    {
      id: 'license',
      header: 'License type',
      width: 'minmax(144px, 1fr)',
      cell: (row) => (
        <LicenseTypeChoice
          row={row}
          licenseTypes={choices.licenseTypes}
          onLicenseType={acts.onLicenseType}
        />
      ),
    },
    {
      id: 'settings',
      header: 'Settings',
      width: 'minmax(0, 1.6fr)',
      cell: (row) => (
        <SettingsCell row={row} offered={choices.settings} onSettings={acts.onSettings} />
      ),
    },
    {
      id: 'members',
      header: 'Members',
      width: '72px',
      align: 'end',
      cell: (row) => (row.members === undefined ? '—' : formatNumber(row.members)),
    },
    {
      id: 'remove',
      header: '',
      width: '96px',
      align: 'end',
      cell: (row) => (
        <Button
          appearance="subtle"
          size="small"
          icon={<DeleteRegular />}
          aria-label={`Remove ${row.name}`}
          onClick={() => acts.onRemove(row.key)}
        >
          Remove
        </Button>
      ),
    },
  ];
}

interface TypeChoiceProps {
  readonly row: DraftAssignment;
  readonly types: readonly AssignmentType[];
  readonly onType: AssignmentActs['onType'];
}

/** The built-in targets cannot be excluded: nobody would be left. Devices do not ask for apps. */
function TypeChoice({ row, types: all, onType }: TypeChoiceProps) {
  const offered = all.filter(
    (type) =>
      (type !== 'excluded' || row.groupId !== null) &&
      (type !== 'available' || row.key !== 'allDevices'),
  );
  const types = offered.includes(row.type) ? offered : [row.type, ...offered];
  return (
    <Select
      size="small"
      aria-label={`Type for ${row.name}`}
      value={row.type}
      onChange={(_, { value }) => {
        const type = types.find((one) => one === value);
        if (type !== undefined) onType(row.key, type);
      }}
    >
      {types.map((type) => (
        <option key={type} value={type}>
          {typeNames[type]}
        </option>
      ))}
    </Select>
  );
}

interface LicenseTypeChoiceProps {
  readonly row: DraftAssignment;
  readonly licenseTypes: AssignmentChoices['licenseTypes'];
  readonly onLicenseType: AssignmentActs['onLicenseType'];
}

/** Who loses the app, or is left out, takes no license. */
function LicenseTypeChoice({ row, licenseTypes, onLicenseType }: LicenseTypeChoiceProps) {
  if (row.type === 'uninstall' || row.type === 'excluded') return '—';
  if (licenseTypes.length === 1 && licenseTypes[0] === row.licenseType)
    return licenseNames[row.licenseType];
  return (
    <Select
      size="small"
      aria-label={`License type for ${row.name}`}
      value={row.licenseType}
      onChange={(_, { value }) => {
        const licenseType = licenseTypes.find((one) => one === value);
        if (licenseType !== undefined) onLicenseType(row.key, licenseType);
      }}
    >
      {[...new Set([...licenseTypes, row.licenseType])].map((licenseType) => (
        <option key={licenseType} value={licenseType}>
          {licenseNames[licenseType]}
        </option>
      ))}
    </Select>
  );
}

interface SettingsCellProps {
  readonly row: DraftAssignment;
  readonly offered: AssignmentChoices['settings'];
  readonly onSettings: AssignmentActs['onSettings'];
}

/** What differs from the default, and the way to change it. Who gets nothing has nothing to set. */
function SettingsCell({ row, offered, onSettings }: SettingsCellProps) {
  const styles = useStyles();
  if (row.type === 'uninstall' || row.type === 'excluded') return '—';
  const words = wordsOf(row, row.type, offered);
  return (
    <Button
      appearance="subtle"
      size="small"
      className={styles.settings}
      icon={<OptionsRegular />}
      aria-label={`Settings for ${row.name}`}
      onClick={() => onSettings(row.key)}
    >
      <Ellipsis>{words.length === 0 ? 'Default' : words.join(', ')}</Ellipsis>
    </Button>
  );
}
