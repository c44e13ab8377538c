import {
  Button,
  MessageBar,
  MessageBarBody,
  Text,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { AddRegular } from '@fluentui/react-icons/svg/add';
import { PeopleTeamRegular } from '@fluentui/react-icons/svg/people-team';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Assignment, AssignmentInput } from '../api/apps.ts';
import type { WhatIf } from '../api/what-if.ts';
import { DataTable } from '../ui/data-table.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { narrow } from '../ui/media.ts';
import { useNotify } from '../ui/notify.tsx';
import { Surface } from '../ui/surface.tsx';
import { useSettled } from '../ui/use-settled.ts';
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
import { AssignmentSettingsDrawer } from './assignment-settings-drawer.tsx';
import { Forecast } from './forecast.tsx';
import { headlineOf } from './forecast-words.ts';
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
  readonly id: string;
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
  /** What saving would do. */
  readonly foretell: (
    assignments: readonly AssignmentInput[],
    signal: AbortSignal,
  ) => Promise<WhatIf>;
  /** The first words of the query keys that show it. */
  readonly shownBy: string;
}

/** Which groups get it. What is edited here is sent only by Save, and what Save would do is told before. */
export function AssignmentsEditor(props: AssignmentsEditorProps) {
  const { title, choices, empty, taking, withBuiltIn } = props;
  const [edited, setEdited] = useState<readonly DraftAssignment[]>();
  const [isAdding, setAdding] = useState(false);
  const [setting, setSetting] = useState<string>();
  const draft = edited ?? draftOf(title.assignments);
  const changed = isChanged(draft, title.assignments);
  const change = (key: string, to: Partial<DraftAssignment>): void =>
    setEdited(draft.map((one) => (one.key === key ? { ...one, ...to } : one)));
  const [licenseType = 'device'] = choices.licenseTypes;
  const foretold = useForecast(props, changed ? draft : undefined);
  const isSet = draft.find(({ key }) => key === setting);
  return (
    <>
      <SaveBar
        {...props}
        draft={draft}
        changed={changed}
        forecast={foretold.data}
        onAdd={() => setAdding(true)}
        onDone={() => setEdited(undefined)}
      />
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
              onSettings: setSetting,
              onRemove: (key) => setEdited(draft.filter((one) => one.key !== key)),
            })}
          />
        )}
      </Surface>
      {changed && (
        <Forecast
          foretold={foretold}
          taking={takesAway(draft, title.assignments) ? taking : undefined}
        />
      )}
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
      {isSet !== undefined && (
        <AssignmentSettingsDrawer
          assignment={isSet}
          offered={choices.settings}
          onClose={() => setSetting(undefined)}
          onApply={(set) => {
            change(isSet.key, set);
            setSetting(undefined);
          }}
        />
      )}
    </>
  );
}

/** Asks what saving would do, once the edits have rested for a moment. */
function useForecast(
  { title, shownBy, foretell }: AssignmentsEditorProps,
  draft: readonly DraftAssignment[] | undefined,
) {
  const wanted = useSettled(draft === undefined ? undefined : JSON.stringify(toInput(draft)));
  return useQuery({
    queryKey: ['what-if', shownBy, title.id, wanted],
    queryFn: async ({ signal }) =>
      foretell(JSON.parse(wanted ?? '[]') as readonly AssignmentInput[], signal),
    enabled: draft !== undefined && wanted !== undefined,
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 0,
  });
}

interface SaveBarProps extends AssignmentsEditorProps {
  readonly draft: readonly DraftAssignment[];
  readonly changed: boolean;
  readonly forecast: WhatIf | undefined;
  readonly onAdd: () => void;
  readonly onDone: () => void;
}

function SaveBar({ draft, changed, forecast, hint, save, shownBy, onAdd, onDone }: SaveBarProps) {
  const styles = useStyles();
  const client = useQueryClient();
  const notify = useNotify();
  const saving = useMutation({
    mutationFn: async () => save(toInput(draft)),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: [shownBy] });
      onDone();
      notify.done('Assignments saved');
    },
  });
  const told = forecast === undefined ? '' : ` ${headlineOf(forecast)}`;
  return (
    <>
      <div className={styles.bar}>
        <Button icon={<AddRegular />} onClick={onAdd}>
          Add group
        </Button>
        <Text className={styles.hint} role="status">
          {changed ? `Not saved yet.${told}` : hint}
        </Text>
        <div className={styles.buttons}>
          <Button
            appearance="primary"
            disabled={!changed || saving.isPending}
            onClick={() => saving.mutate()}
          >
            {saving.isPending ? 'Saving…' : 'Save'}
          </Button>
          <Button disabled={!changed || saving.isPending} onClick={onDone}>
            Discard
          </Button>
        </div>
      </div>
      {saving.error !== null && (
        <MessageBar intent="error" layout="multiline">
          <MessageBarBody>{saving.error.message}</MessageBarBody>
        </MessageBar>
      )}
      <LeaveGuard active={changed && !saving.isPending} />
    </>
  );
}
