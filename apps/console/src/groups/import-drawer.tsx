import { Body1, Button, Field, Radio, RadioGroup, Spinner, Text } from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { type ImportKind, confirmImport, stageImport } from '../api/groups.ts';
import { counted } from '../format/numbers.ts';
import { FormDrawer } from '../ui/form-drawer.tsx';
import { useNotify } from '../ui/notify.tsx';
import { ImportPreview } from './import-preview.tsx';

const kinds: readonly (readonly [ImportKind, string, string])[] = [
  [
    'people',
    'People',
    'userPrincipalName, displayName; also givenName, surname, mail, department, jobTitle',
  ],
  ['devices', 'Devices', 'serialNumber; also displayName, group'],
  [
    'groups',
    'Groups',
    'group; and memberUserPrincipalName or memberSerialNumber, one member a line',
  ],
];

/** A CSV file is checked as a whole first; nothing is imported before it is confirmed. */
export function ImportDrawer({ onClose }: { readonly onClose: () => void }) {
  const client = useQueryClient();
  const notify = useNotify();
  const [kind, setKind] = useState<ImportKind>('groups');
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
  const columns = kinds.find(([one]) => one === kind)?.[2];
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
            setKind(kinds.find(([one]) => one === value)?.[0] ?? 'groups');
            setFileName(undefined);
            staging.reset();
          }}
        >
          {kinds.map(([one, name]) => (
            <Radio key={one} value={one} label={name} />
          ))}
        </RadioGroup>
      </Field>
      <Body1>
        The first line names the columns: <Text font="monospace">{columns}</Text>. Save it as UTF-8.
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
