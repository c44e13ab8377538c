import {
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
import type { ReactNode } from 'react';
import type { EnrollmentLink } from '../api/devices.ts';
import { MadeLink } from './made-link.tsx';

const useStyles = makeStyles({
  content: { display: 'grid', gap: tokens.spacingVerticalL },
});

interface LinkDialogProps {
  readonly title: string;
  readonly make: () => Promise<EnrollmentLink>;
  readonly label: string;
  /** What is said of the link once it is made, up to when it ends. */
  readonly made: string;
  readonly onClose: () => void;
  /** What is asked or said before. */
  readonly children: ReactNode;
}

/** Makes a link for a device, and shows it once. */
export function LinkDialog({ title, make, label, made, onClose, children }: LinkDialogProps) {
  const styles = useStyles();
  const making = useMutation({ mutationFn: make });
  return (
    <Dialog open onOpenChange={(_, { open }) => !open && onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{title}</DialogTitle>
          <DialogContent className={styles.content}>
            {making.data === undefined ? (
              children
            ) : (
              <MadeLink link={making.data} label={label}>
                {made}
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
