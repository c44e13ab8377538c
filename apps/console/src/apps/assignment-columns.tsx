import { Button, Select } from '@fluentui/react-components';
import { DeleteRegular } from '@fluentui/react-icons/svg/delete';
import { formatNumber } from '../format/numbers.ts';
import { Ellipsis } from '../ui/ellipsis.tsx';
import { StateChip } from '../ui/state-chip.tsx';
import type { Column } from '../ui/table-model.ts';
import type { AssignmentType, DraftAssignment } from './assignment-draft.ts';

const typeNames = {
  required: 'Required',
  available: 'Available',
  uninstall: 'Uninstall',
  excluded: 'Excluded',
} as const satisfies Record<AssignmentType, string>;

interface AssignmentActs {
  readonly onType: (key: string, type: AssignmentType) => void;
  readonly onRemove: (key: string) => void;
}

export function assignmentColumns(acts: AssignmentActs): readonly Column<DraftAssignment>[] {
  return [
    {
      id: 'group',
      header: 'Group',
      width: 'minmax(0, 3fr)',
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
      cell: (row) => <TypeChoice row={row} onType={acts.onType} />,
    },
    {
      id: 'license',
      header: 'License type',
      width: 'minmax(0, 1fr)',
      cell: licenseTypeOf,
    },
    {
      id: 'members',
      header: 'Members',
      width: '96px',
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
  readonly onType: AssignmentActs['onType'];
}

/** The built-in targets cannot be excluded: nobody would be left. */
function TypeChoice({ row, onType }: TypeChoiceProps) {
  const offered: readonly AssignmentType[] = [
    'required',
    'uninstall',
    ...(row.groupId === null ? [] : (['excluded'] as const)),
  ];
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

/** Who loses the app, or is left out, takes no license. */
function licenseTypeOf({ type, licenseType }: DraftAssignment): string {
  if (type === 'uninstall' || type === 'excluded') return '—';
  return licenseType === 'device' ? 'Device licensing' : 'User licensing';
}
