import { Button } from '@fluentui/react-components';
import { DeleteRegular } from '@fluentui/react-icons/svg/delete';
import { formatNumber } from '../format/numbers.ts';
import { Ellipsis } from '../ui/ellipsis.tsx';
import { StateChip } from '../ui/state-chip.tsx';
import type { Column } from '../ui/table-model.ts';
import type { DraftAssignment } from './assignment-draft.ts';

/** @param onRemove told the id of the group that is taken out of the draft */
export function assignmentColumns(
  onRemove: (groupId: string) => void,
): readonly Column<DraftAssignment>[] {
  return [
    {
      id: 'group',
      header: 'Group',
      width: 'minmax(0, 3fr)',
      cell: (row) => (
        <Ellipsis>
          {row.groupName} {row.isNew && <StateChip tone="attention">Not saved</StateChip>}
          {row.groupDeleted && <StateChip tone="bad">Group deleted</StateChip>}
        </Ellipsis>
      ),
    },
    {
      id: 'type',
      header: 'Type',
      width: 'minmax(0, 1fr)',
      cell: () => 'Required',
    },
    {
      id: 'license',
      header: 'License type',
      width: 'minmax(0, 1fr)',
      cell: () => 'Device licensing',
    },
    {
      id: 'members',
      header: 'Members',
      width: '96px',
      align: 'end',
      cell: (row) => formatNumber(row.members),
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
          aria-label={`Remove ${row.groupName}`}
          onClick={() => onRemove(row.groupId)}
        >
          Remove
        </Button>
      ),
    },
  ];
}
