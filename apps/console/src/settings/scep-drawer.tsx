import { Field, Input, Text } from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type Scep, scepQuery, setScep } from '../api/device-enrollment.ts';
import { PemField } from '../devices/pem-field.tsx';
import { FormDrawer } from '../ui/form-drawer.tsx';
import { useNotify } from '../ui/notify.tsx';

interface ScepDrawerProps {
  readonly present: Scep | null;
  readonly onClose: () => void;
}

/** The organization's own authority for device identities. */
export function ScepDrawer({ present, onClose }: ScepDrawerProps) {
  const client = useQueryClient();
  const notify = useNotify();
  const [url, setUrl] = useState(present?.url ?? '');
  const [name, setName] = useState(present?.name ?? '');
  const [challenge, setChallenge] = useState('');
  const [authorities, setAuthorities] = useState('');
  const saving = useMutation({
    mutationFn: async () =>
      setScep({ url, name, authorities, ...(challenge === '' ? {} : { challenge }) }),
    onSuccess: async () => {
      await client.invalidateQueries(scepQuery);
      notify.done('SCEP server saved');
      onClose();
    },
  });
  return (
    <FormDrawer
      title="SCEP server"
      act={saving.isPending ? 'Saving…' : 'Save'}
      pending={saving.isPending}
      disabled={url.trim() === '' || authorities.trim() === ''}
      error={saving.error}
      onSubmit={() => saving.mutate()}
      onClose={onClose}
    >
      <Text>
        Devices that enroll from now on get their identity from your authority. Those that are
        enrolled keep theirs.
      </Text>
      <Field label="Address" required hint="Where devices reach it.">
        <Input
          type="url"
          placeholder="https://scep.example.org/scep"
          value={url}
          onChange={(_, { value }) => setUrl(value)}
        />
      </Field>
      <Field label="Authority’s name" hint="For servers with several authorities.">
        <Input value={name} onChange={(_, { value }) => setName(value)} />
      </Field>
      <Field
        label="Challenge"
        hint={
          present?.hasChallenge === true
            ? 'Leave it empty to keep the one that is stored.'
            : 'The password devices ask with, if it wants one.'
        }
      >
        <Input
          type="password"
          autoComplete="off"
          value={challenge}
          onChange={(_, { value }) => setChallenge(value)}
        />
      </Field>
      <PemField
        label="Certificates that issue identities (PEM)"
        value={authorities}
        onChange={setAuthorities}
      />
    </FormDrawer>
  );
}
