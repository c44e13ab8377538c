import { Button, Text } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { pushCertificateQuery } from '../api/devices.ts';
import { PushCertificateDrawer } from '../devices/push-certificate-drawer.tsx';
import { formatDate } from '../format/times.ts';
import { Facts } from '../ui/facts.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { RowsSkeleton } from '../ui/skeletons.tsx';
import { StateChip } from '../ui/state-chip.tsx';
import { SettingsBody } from './settings-body.tsx';

/** What wakes devices, until when it is good, and the way to the next one. */
export function PushCertificateSection() {
  const certificate = useQuery(pushCertificateQuery);
  const [isOpen, setOpen] = useState(false);
  return (
    <SettingsBody
      title="Push certificate"
      action={
        <Button disabled={certificate.isPending} onClick={() => setOpen(true)}>
          {certificate.data === null ? 'Upload…' : 'Renew…'}
        </Button>
      }
    >
      <QueryView query={certificate} what="the certificate" loading={<RowsSkeleton rows={1} />}>
        {(found) =>
          found === null ? (
            <Text>None yet. Without it devices cannot be woken, and none can be enrolled.</Text>
          ) : (
            <Facts
              facts={[
                [
                  'State',
                  found.problem === null ? (
                    <StateChip key="state" tone="good">
                      In use
                    </StateChip>
                  ) : (
                    <span key="state">
                      <StateChip tone="bad">Refused by Apple</StateChip> {found.problem}
                    </span>
                  ),
                ],
                ['Good until', formatDate(new Date(found.expiresDateTime))],
                ['Topic', found.topic],
              ]}
            />
          )
        }
      </QueryView>
      {isOpen && (
        <PushCertificateDrawer present={certificate.data ?? null} onClose={() => setOpen(false)} />
      )}
    </SettingsBody>
  );
}
