import { Button, Text, makeStyles, tokens } from '@fluentui/react-components';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type Scep, scepQuery, stopScep } from '../api/device-enrollment.ts';
import { formatDate } from '../format/times.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { Facts } from '../ui/facts.tsx';
import { useNotify } from '../ui/notify.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { RowsSkeleton } from '../ui/skeletons.tsx';
import { StateChip } from '../ui/state-chip.tsx';
import { ScepDrawer } from './scep-drawer.tsx';
import { SettingsBody } from './settings-body.tsx';

const useStyles = makeStyles({
  buttons: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS },
});

/** Whether device identities come from here or from the organization's own authority. */
export function ScepSection() {
  const styles = useStyles();
  const scep = useQuery(scepQuery);
  const [open, setOpen] = useState<'set' | 'stop'>();
  const close = (): void => setOpen(undefined);
  return (
    <SettingsBody
      title="Device identities"
      action={
        <div className={styles.buttons}>
          {scep.data?.active === true && (
            <Button onClick={() => setOpen('stop')}>Stop using it…</Button>
          )}
          <Button disabled={scep.isPending} onClick={() => setOpen('set')}>
            {scep.data?.active === true ? 'Change SCEP server…' : 'Use a SCEP server…'}
          </Button>
        </div>
      }
    >
      <QueryView query={scep} what="the SCEP server" loading={<RowsSkeleton rows={1} />}>
        {(found) =>
          found === null || !found.active ? (
            <Text>This server issues the identities that devices prove themselves with.</Text>
          ) : (
            <ScepFacts scep={found} />
          )
        }
      </QueryView>
      {open === 'set' && <ScepDrawer present={scep.data ?? null} onClose={close} />}
      {open === 'stop' && <StopDialog onClose={close} />}
    </SettingsBody>
  );
}

function ScepFacts({ scep }: { readonly scep: Scep }) {
  return (
    <Facts
      facts={[
        [
          'From',
          <StateChip key="from" tone="good">
            A SCEP server
          </StateChip>,
        ],
        ['Address', scep.url],
        ['Authority’s name', scep.name === '' ? null : scep.name],
        ['Challenge', scep.hasChallenge ? 'Stored' : 'None'],
        [
          'Authorities',
          scep.authorities
            .map(
              ({ subject, expiresDateTime }) =>
                `${subject.replaceAll('\n', ', ')}, until ${formatDate(new Date(expiresDateTime))}`,
            )
            .join('; '),
        ],
      ]}
    />
  );
}

function StopDialog({ onClose }: { readonly onClose: () => void }) {
  const client = useQueryClient();
  const notify = useNotify();
  const stopping = useMutation({
    mutationFn: stopScep,
    onSuccess: async () => {
      await client.invalidateQueries(scepQuery);
      notify.done('This server issues identities again');
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title="Stop using the SCEP server?"
      act="Stop using it"
      pending={stopping.isPending}
      error={stopping.error}
      onConfirm={() => stopping.mutate()}
      onClose={onClose}
    >
      <Text>
        Devices that enroll from now on get their identity from this server. Enrolled ones keep
        theirs, and stay known by it.
      </Text>
    </ConfirmDialog>
  );
}
