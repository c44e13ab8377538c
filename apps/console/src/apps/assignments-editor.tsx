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
import type { Assignment, AssignmentInput } from '../api/apps.ts';
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
import { type AssignmentChoices, assignmentColumns } from './assignment-columns.tsx';
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

/** An app or a book, as far as it is assigned. */
export interface Assignable {
  readonly owned: number | null;
  readonly foreign: number;
  readonly assignments: readonly Assignment[];
}

interface AssignmentsEditorProps {
  readonly title: Assignable;
  readonly choices: AssignmentChoices;
  /** What is said of them while nothing is edited, and when there are none. */
  readonly hint: string;
  readonly empty: string;
  /** What taking it away from somebody does. */
  readonly taking: string;
  readonly withBuiltIn: boolean;
  readonly save: (assignments: readonly AssignmentInput[]) => Promise<void>;
  /** The first words of the query keys that show it. */
  readonly shownBy: string;
}

/** Which groups get it. What is edited here is sent only by Save. */
export function AssignmentsEditor({
  title,
  choices,
  hint,
  empty,
  taking,
  withBuiltIn,
  save,
  shownBy,
}: AssignmentsEditorProps) {
  const styles = useStyles();
  const client = useQueryClient();
  const notify = useNotify();
  const [edited, setEdited] = useState<readonly DraftAssignment[]>();
  const [isAdding, setAdding] = useState(false);
  const draft = edited ?? draftOf(title.assignments);
  const changed = isChanged(draft, title.assignments);
  const change = (key: string, to: Partial<DraftAssignment>): void =>
    setEdited(draft.map((one) => (one.key === key ? { ...one, ...to } : one)));
  const [licenseType = 'device'] = choices.licenseTypes;
  const saving = useMutation({
    mutationFn: async () => save(toInput(draft)),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: [shownBy] });
      setEdited(undefined);
      notify.done('Assignments saved');
    },
  });
  return (
    <>
      <div className={styles.bar}>
        <Button icon={<AddRegular />} onClick={() => setAdding(true)}>
          Add group
        </Button>
        <Text className={styles.hint}>
          {changed ? 'Not saved yet: nothing changes until you choose Save.' : hint}
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
      <SeatsNote title={title} draft={draft} />
      {takesAway(draft, title.assignments) && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>{taking}</MessageBarBody>
        </MessageBar>
      )}
      <Surface>
        {draft.length === 0 ? (
          <EmptyState icon={<PeopleTeamRegular />} title="Not assigned">
            {empty}
          </EmptyState>
        ) : (
          <DataTable
            label="Assignments"
            rows={draft}
            idOf={({ key }) => key}
            columns={assignmentColumns(choices, {
              onType: (key, type) => change(key, { type }),
              onLicenseType: (key, licenseType) => change(key, { licenseType }),
              onRemove: (key) => setEdited(draft.filter((one) => one.key !== key)),
            })}
          />
        )}
      </Surface>
      {isAdding && (
        <AddGroupDialog
          taken={new Set(draft.map(({ key }) => key))}
          onClose={() => setAdding(false)}
          withBuiltIn={withBuiltIn}
          onAdd={(targets) => {
            const added = targets.map((target) => newAssignment(target, licenseType));
            setEdited([...draft, ...added]);
            setAdding(false);
          }}
        />
      )}
      <LeaveGuard active={changed && !saving.isPending} />
    </>
  );
}

interface SeatsNoteProps {
  readonly title: Assignable;
  readonly draft: readonly DraftAssignment[];
}

/** A group may be larger than the stock: that is no mistake, and is said before Save (behavior 76). */
function SeatsNote({ title, draft }: SeatsNoteProps) {
  const members = draft
    .filter(({ type }) => type === 'required')
    .reduce((sum, group) => sum + (group.members ?? 0), 0);
  const usable = title.owned === null ? null : Math.max(0, title.owned - title.foreign);
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
