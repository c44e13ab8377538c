import {
  Button,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
} from '@fluentui/react-components';
import { MoreHorizontalRegular } from '@fluentui/react-icons/svg/more-horizontal';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { LicenseScope } from '../api/licenses.ts';
import { type PersonDetail, personQuery } from '../api/people.ts';
import { LiftHoldsDialog, RevokeDialog } from '../licenses/license-dialogs.tsx';
import { paths } from '../paths.ts';
import { Facts } from '../ui/facts.tsx';
import { RouterLink } from '../ui/links.tsx';
import { Page } from '../ui/page.tsx';
import { QueryView } from '../ui/query-view.tsx';
import { PageSkeleton } from '../ui/skeletons.tsx';
import { Surface } from '../ui/surface.tsx';
import { AppleUsers } from './apple-users.tsx';
import { PersonDevices } from './person-devices.tsx';
import { PersonLicenses } from './person-licenses.tsx';

export function PersonPage() {
  const { personId } = useParams({ from: '/people/$personId' });
  const person = useQuery(personQuery(personId));
  return (
    <QueryView query={person} what="the person" loading={<PageSkeleton />}>
      {(found) => <PersonScreen person={found} />}
    </QueryView>
  );
}

function PersonScreen({ person }: { readonly person: PersonDetail }) {
  const [open, setOpen] = useState<'revoke' | 'lift'>();
  const close = (): void => setOpen(undefined);
  const scope: LicenseScope = { of: 'people', id: person.id };
  return (
    <Page
      title={person.displayName}
      aside={person.userPrincipalName}
      back={<RouterLink {...paths.people()}>People</RouterLink>}
      actions={
        <Menu>
          <MenuTrigger disableButtonEnhancement>
            <Button icon={<MoreHorizontalRegular />} aria-label="More actions" />
          </MenuTrigger>
          <MenuPopover>
            <MenuList>
              <MenuItem onClick={() => setOpen('revoke')}>Revoke user licenses…</MenuItem>
              <MenuItem onClick={() => setOpen('lift')}>Lift holds…</MenuItem>
            </MenuList>
          </MenuPopover>
        </Menu>
      }
    >
      <Surface padded>
        <Facts
          facts={[
            ['Account', person.accountEnabled ? 'Enabled' : 'Disabled'],
            ['Department', person.department],
            ['Job title', person.jobTitle],
            ['Mail', person.mail],
            ['Managed Apple Account', person.managedAppleId],
          ]}
        />
      </Surface>
      <AppleUsers personId={person.id} />
      <PersonLicenses person={person} />
      <PersonDevices devices={person.devices} />
      {open === 'revoke' && (
        <RevokeDialog scope={scope} name={person.displayName} onClose={close} />
      )}
      {open === 'lift' && (
        <LiftHoldsDialog scope={scope} name={person.displayName} onClose={close} />
      )}
    </Page>
  );
}
