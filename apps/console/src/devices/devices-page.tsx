import {
  Button,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
} from '@fluentui/react-components';
import { AddRegular } from '@fluentui/react-icons/svg/add';
import { MoreHorizontalRegular } from '@fluentui/react-icons/svg/more-horizontal';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { devicesQuery, pushCertificateQuery } from '../api/devices.ts';
import { counted } from '../format/numbers.ts';
import { paths } from '../paths.ts';
import { Page } from '../ui/page.tsx';
import { SearchField } from '../ui/search-field.tsx';
import { DeviceList } from './device-list.tsx';
import { EnrollmentLinkDialog } from './enrollment-link-dialog.tsx';
import { PushCertificateBanner } from './push-certificate-banner.tsx';
import { PushCertificateDrawer } from './push-certificate-drawer.tsx';

type Open = 'link' | 'certificate';

export function DevicesPage() {
  const { search = '' } = useSearch({ from: '/devices' });
  const navigate = useNavigate();
  const devices = useInfiniteQuery({
    ...devicesQuery(search),
    placeholderData: keepPreviousData,
  });
  const certificate = useQuery(pushCertificateQuery);
  const [open, setOpen] = useState<Open>();
  const onSearch = useCallback(
    (text: string) =>
      void navigate({ ...paths.devices(text === '' ? {} : { search: text }), replace: true }),
    [navigate],
  );
  const count = devices.data?.pages.at(-1)?.count;
  const isEmpty = count === 0 && search === '';
  const enroll = (
    <Button
      appearance="primary"
      icon={<AddRegular />}
      disabled={certificate.data === null}
      onClick={() => setOpen('link')}
    >
      Enroll a device
    </Button>
  );
  return (
    <Page
      title="Devices"
      aside={count === undefined ? ' ' : counted(count, 'device')}
      actions={
        <>
          {!isEmpty && enroll}
          <Menu>
            <MenuTrigger disableButtonEnhancement>
              <Button icon={<MoreHorizontalRegular />} aria-label="More actions" />
            </MenuTrigger>
            <MenuPopover>
              <MenuList>
                <MenuItem onClick={() => setOpen('certificate')}>Push certificate…</MenuItem>
              </MenuList>
            </MenuPopover>
          </Menu>
        </>
      }
    >
      <PushCertificateBanner certificate={certificate.data} onOpen={() => setOpen('certificate')} />
      {!isEmpty && <SearchField label="Search devices" value={search} onSearch={onSearch} />}
      <DeviceList devices={devices} search={search} enroll={enroll} />
      {open === 'link' && <EnrollmentLinkDialog onClose={() => setOpen(undefined)} />}
      {open === 'certificate' && (
        <PushCertificateDrawer
          present={certificate.data ?? null}
          onClose={() => setOpen(undefined)}
        />
      )}
    </Page>
  );
}
