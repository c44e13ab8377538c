import { Body1, Field, Input } from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type LocationAct, type Token, actOnLocation, tokensQuery } from '../api/tokens.ts';
import { counted } from '../format/numbers.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { useNotify } from '../ui/notify.tsx';

interface Wording {
  readonly title: string;
  readonly act: string;
  readonly meaning: (token: Token) => string;
  readonly done: string;
}

const wordings: Readonly<Record<LocationAct, Wording>> = {
  pause: {
    title: 'Pause this location?',
    act: 'Pause',
    meaning: () =>
      'Allotment goes on reading from Apple, and assigns or takes back nothing there. Changes queue and are sent when you resume.',
    done: 'Paused',
  },
  resume: {
    title: 'Resume this location?',
    act: 'Resume',
    meaning: ({ location }) =>
      `${counted(location.openChanges, 'queued change')} will be sent to Apple.`,
    done: 'Resumed',
  },
  'release-brake': {
    title: 'Take these licenses back?',
    act: 'Take back',
    meaning: ({ location }) =>
      `${counted(location.brake?.waiting ?? 0, 'license')} will be taken back at Apple. The devices lose the right to these apps.`,
    done: 'The licenses are being taken back',
  },
  reopen: {
    title: 'Open this location again?',
    act: 'Open again',
    meaning: () =>
      'What the assignments say counts again: licenses are granted to everybody they reach, and holds are lifted.',
    done: 'Opened; licenses are granted again',
  },
  'rotate-notification-secret': {
    title: 'Renew the notification secret?',
    act: 'Renew',
    meaning: () =>
      'Apple proves its notifications with this secret and is told the new one at the next sync, which begins now. Until Apple has taken it, the old one is good, too.',
    done: 'Apple is being told the new secret',
  },
};

interface LocationActDialogProps {
  readonly token: Token;
  readonly act: LocationAct;
  readonly onClose: () => void;
}

/** Asks for the reason, which goes into the audit log. */
export function LocationActDialog({ token, act, onClose }: LocationActDialogProps) {
  const client = useQueryClient();
  const notify = useNotify();
  const [reason, setReason] = useState('');
  const wording = wordings[act];
  const acting = useMutation({
    mutationFn: async () => actOnLocation(token.locationUid, act, reason.trim()),
    onSuccess: async () => {
      await client.invalidateQueries(tokensQuery);
      notify.done(wording.done);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={wording.title}
      act={wording.act}
      pending={acting.isPending}
      disabled={reason.trim() === ''}
      error={acting.error}
      onConfirm={() => acting.mutate()}
      onClose={onClose}
    >
      <Body1>{wording.meaning(token)}</Body1>
      <Field label="Reason" required hint="Kept in the audit log.">
        <Input value={reason} onChange={(_, { value }) => setReason(value)} />
      </Field>
    </ConfirmDialog>
  );
}
