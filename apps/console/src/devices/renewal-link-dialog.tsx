import { Body1 } from '@fluentui/react-components';
import { type DeviceDetail, createRenewalLink } from '../api/devices.ts';
import { LinkDialog } from './link-dialog.tsx';

interface RenewalLinkDialogProps {
  readonly device: Pick<DeviceDetail, 'id' | 'name'>;
  readonly onClose: () => void;
}

/** A device proves itself by an identity that ends after some years: this link gives it a new one. */
export function RenewalLinkDialog({ device, onClose }: RenewalLinkDialogProps) {
  return (
    <LinkDialog
      title={`Renew the identity of ${device.name}`}
      make={async () => createRenewalLink(device.id)}
      label="Renewal link"
      made={`Open this link on ${device.name}. It works on this device alone, once, and is shown only now. It ends`}
      onClose={onClose}
    >
      <Body1>
        Somebody opens a link on the device and installs the profile it brings, before the identity
        ends. Enrollment, apps and licenses stay as they are.
      </Body1>
    </LinkDialog>
  );
}
