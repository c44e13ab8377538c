import { Body1, Button, Field, Radio, RadioGroup, Spinner } from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { type ImportKind, confirmImport, stageImport } from '../api/groups.ts';
import { counted } from '../format/numbers.ts';
import { FormDrawer } from '../ui/form-drawer.tsx';
import { useNotify } from '../ui/notify.tsx';
import { ImportPreview } from './import-preview.tsx';

interface Layout {
  readonly name: string;
  readonly required: string;
  readonly optional: string;
}

const layouts: Readonly<Record<ImportKind, Layout>> = {
  people: {
    name: 'People',
    required: 'userPrincipalName, displayName',
    optional: 'givenName, surname, mail, department, jobTitle, managedAppleId',
  },
  devices: { name: 'Devices', required: 'serialNumber', optional: 'displayName, group' },
  groups: {
    name: 'Groups',
    required: 'group',
    optional: 'memberUserPrincipalName, memberSerialNumber; one member a line',
  },
};

const kinds: readonly ImportKind[] = ['people', 'devices', 'groups'];

interface ImportDrawerProps {
  /** What is chosen at first. */
  readonly kind?: ImportKind;
  readonly onClose: () => void;
}

/** A CSV file is checked as a whole first; nothing is imported before it is confirmed. */
export function ImportDrawer({ kind: first = 'groups', onClose }: ImportDrawerProps) {
  const client = useQueryClient();
  const notify = useNotify();
  const [kind, setKind] = useState<ImportKind>(first);
  const [fileName, setFileName] = useState<string>();
  const input = useRef<HTMLInputElement>(null);
  const staging = useMutation({
    mutationFn: async (file: File) =>
      stageImport(kind, { name: file.name, text: await file.text() }),
  });
  const confirming = useMutation({
    mutationFn: confirmImport,
    onSuccess: async ({ created, updated }) => {
      await client.invalidateQueries();
      notify.done(`Imported: ${counted(created, 'new row')}, ${counted(updated, 'changed row')}`);
      onClose();
    },
  });
  const staged = staging.data;
  const layout = layouts[kind];
  return (
    <FormDrawer
      title="Import CSV"
      act={confirming.isPending ? 'Importing…' : 'Import'}
      pending={confirming.isPending}
      disabled={staged === undefined || staged.problems.length > 0}
      error={confirming.error ?? staging.error}
      onSubmit={() => {
        if (staged !== undefined) confirming.mutate(staged.id);
      }}
      onClose={onClose}
    >
      <Field label="What the file lists">
        <RadioGroup
          layout="horizontal"
          value={kind}
          onChange={(_, { value }) => {
            setKind(kinds.find((one) => one === value) ?? 'groups');
            setFileName(undefined);
            staging.reset();
          }}
        >
          {kinds.map((one) => (
            <Radio key={one} value={one} label={layouts[one].name} />
          ))}
        </RadioGroup>
      </Field>
      <Body1>
        A text file in UTF-8, whose first line names the columns: <strong>{layout.required}</strong>
        , and if you like {layout.optional}.
      </Body1>
      <Field label="File" {...(fileName === undefined ? {} : { hint: fileName })}>
        <div>
          <Button onClick={() => input.current?.click()}>
            {fileName === undefined ? 'Choose file' : 'Choose another file'}
          </Button>
        </div>
      </Field>
      <input
        ref={input}
        type="file"
        hidden
        accept=".csv,text/csv"
        aria-label="CSV file"
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = '';
          if (file === undefined) return;
          setFileName(file.name);
          staging.mutate(file);
        }}
      />
      {staging.isPending && <Spinner size="tiny" label="Checking the file" />}
      {staged !== undefined && <ImportPreview staged={staged} />}
    </FormDrawer>
  );
}
