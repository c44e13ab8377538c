import { Divider } from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type Token, tokensQuery, updateToken } from '../api/tokens.ts';
import { formatDate } from '../format/times.ts';
import { FormDrawer } from '../ui/form-drawer.tsx';
import { useNotify } from '../ui/notify.tsx';
import { CountryDialog } from './country-dialog.tsx';
import { type TokenDraft, TokenFields } from './token-fields.tsx';
import { TokenFileField } from './token-file-field.tsx';

interface EditTokenDrawerProps {
  readonly token: Token;
  /** Renews the token with this file at once. */
  readonly file?: { readonly name: string; readonly text: string } | undefined;
  readonly onClose: () => void;
}

/** Changes what a person said about a token, and renews it with a new file from Apple. */
export function EditTokenDrawer({ token, file: given, onClose }: EditTokenDrawerProps) {
  const client = useQueryClient();
  const notify = useNotify();
  const [file, setFile] = useState(given);
  const [draft, setDraft] = useState<TokenDraft>({
    displayName: token.displayName,
    appleId: token.appleId,
    countryOrRegion: token.countryOrRegion,
    vppTokenAccountType: token.accountType,
    automaticallyUpdateApps: token.automaticallyUpdateApps,
  });
  const [isWarning, setWarning] = useState(false);
  const saving = useMutation({
    mutationFn: async () =>
      updateToken(token.id, { ...draft, ...(file === undefined ? {} : { token: file.text }) }),
    onSuccess: async () => {
      await client.invalidateQueries(tokensQuery);
      notify.done(file === undefined ? 'Token saved' : 'Token renewed');
      onClose();
    },
  });
  const countryChanged =
    draft.countryOrRegion.toLowerCase() !== token.countryOrRegion.toLowerCase();
  return (
    <FormDrawer
      title={`Edit ${token.displayName}`}
      act={saving.isPending ? 'Saving…' : file === undefined ? 'Save' : 'Save and renew'}
      pending={saving.isPending}
      error={saving.error}
      onClose={onClose}
      onSubmit={() => (countryChanged ? setWarning(true) : saving.mutate())}
    >
      <TokenFields draft={draft} onChange={setDraft} error={saving.error} />
      <Divider>Renew</Divider>
      <TokenFileField
        label={`New token file of the same location (the present one is good until ${formatDate(new Date(token.expirationDateTime))})`}
        fileName={file?.name}
        problem={undefined}
        required={false}
        onFile={setFile}
      />
      {isWarning && (
        <CountryDialog
          from={token.countryOrRegion}
          to={draft.countryOrRegion}
          apps={token.apps + token.books}
          onClose={() => setWarning(false)}
          onConfirm={() => {
            setWarning(false);
            saving.mutate();
          }}
        />
      )}
    </FormDrawer>
  );
}
