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
import { type DraftAssignment, builtInTargets } from './assignment-draft.ts';

const useStyles = makeStyles({
  content: { display: 'grid', gap: tokens.spacingVerticalM },
  list: { height: 'min(320px, 50vh)', overflowY: 'auto', display: 'grid', alignContent: 'start' },
  aside: { color: tokens.colorNeutralForeground3, display: 'block' },
});

type Target = Pick<DraftAssignment, 'key' | 'name' | 'groupId' | 'members'>;

const builtIn: readonly Target[] = (['allDevices', 'allUsers'] as const).map((key) => ({
  key,
  name: builtInTargets[key],
  groupId: null,
  members: undefined,
}));

interface AddGroupDialogProps {
  /** Keys of the targets that are in the assignments already. */
  readonly taken: ReadonlySet<string>;
  /** Whether all users and all devices are offered. */
  readonly withBuiltIn: boolean;
  readonly onAdd: (targets: readonly Target[]) => void;
  readonly onClose: () => void;
}

export function AddGroupDialog({ taken, withBuiltIn, onAdd, onClose }: AddGroupDialogProps) {
  const styles = useStyles();
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState<ReadonlyMap<string, Target>>(new Map());
  const groups = useQuery({ ...groupsQuery(search), placeholderData: keepPreviousData });
  const toggle = (target: Target): void => {
    const next = new Map(chosen);
    if (!next.delete(target.key)) next.set(target.key, target);
    setChosen(next);
  };
  const choice = (target: Target, aside: string) => (
    <Checkbox
      key={target.key}
      checked={taken.has(target.key) || chosen.has(target.key)}
      disabled={taken.has(target.key)}
      onChange={() => toggle(target)}
      label={
        <>
          {target.name}
          <Caption1 className={styles.aside}>{aside}</Caption1>
        </>
      }
    />
  );
  return (
    <Dialog open onOpenChange={(_, { open }) => !open && onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Add groups</DialogTitle>
          <DialogContent className={styles.content}>
            <SearchField label="Search groups" value={search} onSearch={setSearch} />
            <div className={styles.list}>
              {withBuiltIn &&
                search === '' &&
                builtIn.map((target) => choice(target, asideOf(target)))}
              <QueryView query={groups} what="the groups" loading={<RowsSkeleton rows={3} />}>
                {({ value }) =>
                  value.length === 0 ? (
                    <NoGroups search={search} />
                  ) : (
                    value.map((group) => choice(targetOf(group), membersOf(group)))
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

function targetOf(group: Group): Target {
  const members = group.people + group.devices + group.groups;
  return { key: group.id, name: group.displayName, groupId: group.id, members };
}

function asideOf({ key }: Target): string {
  return key === 'allDevices' ? 'Every enrolled device' : 'Every device that has a user';
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
