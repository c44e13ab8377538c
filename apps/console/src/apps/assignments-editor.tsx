import {
  Body1,
  Button,
  MessageBar,
  MessageBarBody,
  Text,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { AddRegular } from '@fluentui/react-icons/svg/add';
import { PeopleTeamRegular } from '@fluentui/react-icons/svg/people-team';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type AppDetail, saveAssignments } from '../api/apps.ts';
import { counted, formatNumber } from '../format/numbers.ts';
import { DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { narrow } from '../ui/media.ts';
import { useNotify } from '../ui/notify.tsx';
import { Surface } from '../ui/surface.tsx';
import { AddGroupDialog } from './add-group-dialog.tsx';
import {
  type DraftAssignment,
  draftOf,
  isChanged,
  newAssignment,
  takesAway,
  toInput,
} from './assignment-draft.ts';
import { assignmentColumns } from './assignment-columns.tsx';
import { LeaveGuard } from './leave-guard.tsx';

const useStyles = makeStyles({
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: tokens.spacingHorizontalM,
  },
  hint: { flex: '1 1 200px', color: tokens.colorNeutralForeground3 },
  buttons: { display: 'flex', gap: tokens.spacingHorizontalS, [narrow]: { width: '100%' } },
});

/** Which groups get the app. What is edited here is sent only by Save. */
export function AssignmentsEditor({ app }: { readonly app: AppDetail }) {
  const styles = useStyles();
  const client = useQueryClient();
  const notify = useNotify();
  const [edited, setEdited] = useState<readonly DraftAssignment[]>();
  const [isAdding, setAdding] = useState(false);
  const draft = edited ?? draftOf(app.assignments);
  const changed = isChanged(draft, app.assignments);
  const saving = useMutation({
    mutationFn: async () => saveAssignments(app.id, toInput(draft)),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['apps'] });
      setEdited(undefined);
      notify.done('Assignments saved');
    },
  });
  return (
    <>
      <div className={styles.bar}>
        <Button
          icon={<AddRegular />}
          disabled={!app.deviceAssignable}
          onClick={() => setAdding(true)}
        >
          Add group
        </Button>
        <Text className={styles.hint}>
          {app.deviceAssignable
            ? changed
              ? 'Not saved yet: nothing changes until you choose Save.'
              : 'Devices of these groups, and of the people in them, get the app, or lose it.'
            : 'Apple does not offer device licenses for this app.'}
        </Text>
        <div className={styles.buttons}>
          <Button
            appearance="primary"
            disabled={!changed || saving.isPending}
            onClick={() => saving.mutate()}
          >
            {saving.isPending ? 'Saving…' : 'Save'}
          </Button>
          <Button disabled={!changed || saving.isPending} onClick={() => setEdited(undefined)}>
            Discard
          </Button>
        </div>
      </div>
      {saving.error !== null && (
        <MessageBar intent="error" layout="multiline">
          <MessageBarBody>{saving.error.message}</MessageBarBody>
        </MessageBar>
      )}
      <SeatsNote app={app} draft={draft} />
      {takesAway(draft, app.assignments) && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            Where no assignment wants the app any more, its licenses are taken back and the app is
            removed from the devices it was installed on here.
          </MessageBarBody>
        </MessageBar>
      )}
      <Surface>
        {draft.length === 0 ? (
          <EmptyState icon={<PeopleTeamRegular />} title="Not assigned">
            Add a group, choose Save, and every device in it that can run the app gets a license and
            then the app.
          </EmptyState>
        ) : (
          <DataTable
            label="Assignments"
            rows={draft}
            idOf={({ key }) => key}
            columns={assignmentColumns({
              onType: (key, type) =>
                setEdited(draft.map((one) => (one.key === key ? { ...one, type } : one))),
              onRemove: (key) => setEdited(draft.filter((one) => one.key !== key)),
            })}
          />
        )}
      </Surface>
      {isAdding && (
        <AddGroupDialog
          taken={new Set(draft.map(({ key }) => key))}
          onClose={() => setAdding(false)}
          onAdd={(targets) => {
            setEdited([...draft, ...targets.map(newAssignment)]);
            setAdding(false);
          }}
        />
      )}
      <LeaveGuard active={changed && !saving.isPending} />
    </>
  );
}

interface SeatsNoteProps {
  readonly app: AppDetail;
  readonly draft: readonly DraftAssignment[];
}

/** A group may be larger than the stock: that is no mistake, and is said before Save (behavior 76). */
function SeatsNote({ app, draft }: SeatsNoteProps) {
  const members = draft
    .filter(({ type }) => type === 'required')
    .reduce((sum, group) => sum + (group.members ?? 0), 0);
  const usable = app.owned === null ? null : Math.max(0, app.owned - app.foreign);
  if (usable === null || members <= usable) return null;
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody>
        <Body1>
          These groups have {counted(members, 'member')}, and {formatNumber(usable)} of the licenses
          owned can be used here. Who finds none free waits in line, and gets the next one that
          becomes free or is bought.
        </Body1>
      </MessageBarBody>
    </MessageBar>
  );
}
