import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { EnrollmentLink } from '../api/devices.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { MadeLink } from './made-link.tsx';

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
  const making = useMutation({ mutationFn: make });
  return (
    <ConfirmDialog
      title={title}
      act="Create link"
      pending={making.isPending}
      error={making.error}
      onConfirm={() => making.mutate()}
      onClose={onClose}
      outcome={
        making.data && (
          <MadeLink link={making.data} label={label}>
            {made}
          </MadeLink>
        )
      }
    >
      {children}
    </ConfirmDialog>
  );
}
