import { Checkbox, Spinner } from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { createToken, inspectToken, tokensQuery } from '../api/tokens.ts';
import { paths } from '../paths.ts';
import { FormDrawer } from '../ui/form-drawer.tsx';
import { useNotify } from '../ui/notify.tsx';
import { InspectionCard } from './inspection-card.tsx';
import { SingleProductNote } from './single-product-note.tsx';
import { type TokenDraft, TokenFields } from './token-fields.tsx';
import { TokenFileField } from './token-file-field.tsx';

interface TokenFile {
  readonly name: string;
  readonly text: string;
}

interface CreateTokenDrawerProps {
  readonly onClose: () => void;
  /** The file belongs to a token that is here already. */
  readonly onRenew: (tokenId: string, file: TokenFile) => void;
}

const blank: TokenDraft = {
  displayName: '',
  appleId: '',
  countryOrRegion: 'us',
  vppTokenAccountType: 'business',
  automaticallyUpdateApps: true,
};

/** From Apple's file to a token in the list. Nothing is changed at Apple before Create is chosen. */
export function CreateTokenDrawer({ onClose, onRenew }: CreateTokenDrawerProps) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const notify = useNotify();
  const [file, setFile] = useState<TokenFile>();
  const [draft, setDraft] = useState(blank);
  const [takesOver, setTakesOver] = useState(false);
  const [consents, setConsents] = useState(false);
  const [isDuplicate, setDuplicate] = useState(false);
  const inspecting = useMutation({
    mutationFn: async ({ text }: TokenFile) => inspectToken(text),
    onSuccess: (found) => {
      setTakesOver(false);
      setDuplicate(false);
      setDraft((before) => ({
        ...before,
        displayName: before.displayName || (found.locationName ?? found.organizationName),
        countryOrRegion: found.country?.toLowerCase() ?? before.countryOrRegion,
      }));
    },
  });
  const creating = useMutation({
    mutationFn: createToken,
    onSuccess: async (id) => {
      await client.invalidateQueries(tokensQuery);
      notify.done(
        isDuplicate
          ? `Token “${draft.displayName}” stands by`
          : `Token “${draft.displayName}” created; its first sync has begun`,
      );
      await navigate(paths.token(id));
    },
  });
  const inspection = inspecting.data;
  const isNew = inspection !== undefined && (inspection.present === null || isDuplicate);
  const isComplete =
    isNew && file !== undefined && consents && draft.displayName !== '' && draft.appleId !== '';
  return (
    <FormDrawer
      title="Create content token"
      act={creating.isPending ? 'Creating…' : 'Create'}
      pending={creating.isPending}
      disabled={!isComplete}
      error={creating.error}
      onClose={onClose}
      onSubmit={() => {
        if (file === undefined) return;
        creating.mutate({
          ...draft,
          token: file.text,
          claimTokenManagementFromExternalMdm: takesOver,
          dataSharingConsentGranted: consents,
          ...(isDuplicate ? { allowDuplicate: true } : {}),
        });
      }}
    >
      <TokenFileField
        label="Token file"
        fileName={file?.name}
        problem={inspecting.error?.message}
        onFile={(chosen) => {
          setFile(chosen);
          inspecting.mutate(chosen);
        }}
      />
      {inspecting.isPending && <Spinner size="tiny" label="Asking Apple about this token" />}
      {inspection !== undefined && file !== undefined && (
        <InspectionCard
          inspection={inspection}
          takesOver={takesOver}
          onTakeOver={setTakesOver}
          onRenew={(tokenId) => onRenew(tokenId, file)}
          isDuplicate={isDuplicate}
          onDuplicate={setDuplicate}
        />
      )}
      {isNew && (
        <>
          <TokenFields draft={draft} onChange={setDraft} error={creating.error} />
          <Checkbox
            required
            checked={consents}
            onChange={(_, data) => setConsents(data.checked === true)}
            label="I agree that serial numbers of devices and identifiers of people are sent to Apple to assign licenses"
          />
        </>
      )}
      <SingleProductNote />
    </FormDrawer>
  );
}
