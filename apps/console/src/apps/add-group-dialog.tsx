import {
  Button,
  Caption1,
  Checkbox,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { PeopleTeamRegular } from '@fluentui/react-icons/svg/people-team';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Group, groupsQuery } from '../api/groups.ts';
import { counted } from '../format/numbers.ts';
import { paths } from '../paths.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { RouterLink } from '../ui/links.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { SearchField } from '../ui/search-field.tsx';
import { RowsSkeleton } from '../ui/skeletons.tsx';

const useStyles = makeStyles({
  content: { display: 'grid', gap: tokens.spacingVerticalM },
  list: { height: 'min(320px, 50vh)', overflowY: 'auto', display: 'grid', alignContent: 'start' },
  aside: { color: tokens.colorNeutralForeground3, display: 'block' },
});

interface AddGroupDialogProps {
  /** Groups that are in the assignments already. */
  readonly taken: ReadonlySet<string>;
  readonly onAdd: (groups: readonly Group[]) => void;
  readonly onClose: () => void;
}

export function AddGroupDialog({ taken, onAdd, onClose }: AddGroupDialogProps) {
  const styles = useStyles();
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState<ReadonlyMap<string, Group>>(new Map());
  const groups = useQuery({ ...groupsQuery(search), placeholderData: keepPreviousData });
  const toggle = (group: Group): void => {
    const next = new Map(chosen);
    if (!next.delete(group.id)) next.set(group.id, group);
    setChosen(next);
  };
  return (
    <Dialog open onOpenChange={(_, { open }) => !open && onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Add groups</DialogTitle>
          <DialogContent className={styles.content}>
            <SearchField label="Search groups" value={search} onSearch={setSearch} />
            <div className={styles.list}>
              <QueryView query={groups} what="the groups" loading={<RowsSkeleton rows={3} />}>
                {({ value }) =>
                  value.length === 0 ? (
                    <NoGroups search={search} />
                  ) : (
                    value.map((group) => (
                      <Checkbox
                        key={group.id}
                        checked={taken.has(group.id) || chosen.has(group.id)}
                        disabled={taken.has(group.id)}
                        onChange={() => toggle(group)}
                        label={
                          <>
                            {group.displayName}
                            <Caption1 className={styles.aside}>{membersOf(group)}</Caption1>
                          </>
                        }
                      />
                    ))
                  )
                }
              </QueryView>
            </div>
          </DialogContent>
          <DialogActions>
            <Button
              appearance="primary"
              disabled={chosen.size === 0}
              onClick={() => onAdd([...chosen.values()])}
            >
              {chosen.size === 0 ? 'Add' : `Add ${counted(chosen.size, 'group')}`}
            </Button>
            <Button onClick={onClose}>Cancel</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function membersOf({ people, devices, groups }: Group): string {
  const parts = [
    ...(people > 0 ? [counted(people, 'person', 'people')] : []),
    ...(devices > 0 ? [counted(devices, 'device')] : []),
    ...(groups > 0 ? [counted(groups, 'group')] : []),
  ];
  return parts.length === 0 ? 'Empty' : parts.join(', ');
}

function NoGroups({ search }: { readonly search: string }) {
  return search === '' ? (
    <EmptyState
      icon={<PeopleTeamRegular />}
      title="No groups yet"
      action={<RouterLink {...paths.groups()}>Go to groups</RouterLink>}
    >
      Import groups from a CSV file, or create them over the API.
    </EmptyState>
  ) : (
    <EmptyState icon={<PeopleTeamRegular />} title={`No group has “${search}” in its name`} />
  );
}
