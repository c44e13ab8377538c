import {
  Body1,
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  MessageBar,
  MessageBarBody,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { useMutation } from '@tanstack/react-query';
import { type DeviceDetail, createRenewalLink } from '../api/devices.ts';
import { MadeLink } from './made-link.tsx';

const useStyles = makeStyles({
  content: { display: 'grid', gap: tokens.spacingVerticalL },
});

interface RenewalLinkDialogProps {
  readonly device: Pick<DeviceDetail, 'id' | 'name'>;
  readonly onClose: () => void;
}

/** A device proves itself by an identity that ends after some years: this link gives it a new one. */
export function RenewalLinkDialog({ device, onClose }: RenewalLinkDialogProps) {
  const styles = useStyles();
  const making = useMutation({ mutationFn: async () => createRenewalLink(device.id) });
  return (
    <Dialog open onOpenChange={(_, { open }) => !open && onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Renew the identity of {device.name}</DialogTitle>
          <DialogContent className={styles.content}>
            {making.data === undefined ? (
              <Body1>
                Somebody opens a link on the device and installs the profile it brings, before the
                identity ends. Enrollment, apps and licenses stay as they are.
              </Body1>
            ) : (
              <MadeLink link={making.data} label="Renewal link">
                Open this link on {device.name}. It works on this device alone, once, and is shown
                only now. It ends
              </MadeLink>
            )}
            {making.error !== null && (
              <MessageBar intent="error" layout="multiline">
                <MessageBarBody>{making.error.message}</MessageBarBody>
              </MessageBar>
            )}
          </DialogContent>
          <DialogActions>
            {making.data === undefined && (
              <Button
                appearance="primary"
                disabled={making.isPending}
                onClick={() => making.mutate()}
              >
                Create link
              </Button>
            )}
            <Button onClick={onClose}>{making.data === undefined ? 'Cancel' : 'Close'}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
