import { Button, Field, Input, Text } from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import {
  type ServerToken,
  makeServerTokenKey,
  serverTokensQuery,
  storeServerToken,
} from '../api/device-enrollment.ts';
import { TokenFileField } from '../tokens/token-file-field.tsx';
import { download } from '../ui/download.ts';
import { FormDrawer } from '../ui/form-drawer.tsx';
import { useNotify } from '../ui/notify.tsx';

interface ServerTokenDrawerProps {
  readonly renews: ServerToken | undefined;
  readonly onClose: () => void;
}

/** First the key goes to Apple, then the token that Apple encrypted for it comes back. */
export function ServerTokenDrawer({ renews, onClose }: ServerTokenDrawerProps) {
  const client = useQueryClient();
  const notify = useNotify();
  const [displayName, setDisplayName] = useState(renews?.displayName ?? '');
  const [file, setFile] = useState<{ readonly name: string; readonly text: string }>();
  const keying = useMutation({
    mutationFn: makeServerTokenKey,
    onSuccess: (pem) => download('allotment-device-enrollment.pem', pem),
    onError: (error) => notify.failed('There is no key', error),
  });
  const saving = useMutation({
    mutationFn: async (text: string) => storeServerToken({ displayName, file: text }, renews?.id),
    onSuccess: async () => {
      await client.invalidateQueries(serverTokensQuery);
      notify.done('Device enrollment token saved');
      onClose();
    },
  });
  return (
    <FormDrawer
      title={renews === undefined ? 'Add device enrollment token' : `Renew ${renews.displayName}`}
      act={saving.isPending ? 'Saving…' : 'Save'}
      pending={saving.isPending}
      disabled={file === undefined || displayName.trim() === ''}
      error={saving.error}
      onSubmit={() => file !== undefined && saving.mutate(file.text)}
      onClose={onClose}
    >
      <Text>
        In Apple Business Manager or Apple School Manager, add this server under Preferences → MDM
        Servers with the public key, and download its token.
      </Text>
      <div>
        <Button disabled={keying.isPending} onClick={() => keying.mutate()}>
          Download public key
        </Button>
      </div>
      <Field label="Display name" required>
        <Input value={displayName} onChange={(_, { value }) => setDisplayName(value)} />
      </Field>
      <TokenFileField
        label="Server token"
        fileName={file?.name}
        problem={undefined}
        hint="Drop the .p7m file here"
        accept=".p7m,.txt"
        onFile={setFile}
      />
    </FormDrawer>
  );
}
