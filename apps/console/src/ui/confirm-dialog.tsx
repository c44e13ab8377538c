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
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  danger: {
    backgroundColor: tokens.colorStatusDangerBackground3,
    ':hover': { backgroundColor: tokens.colorStatusDangerBackground3Hover },
    ':hover:active': { backgroundColor: tokens.colorStatusDangerBackground3Pressed },
  },
  content: { display: 'grid', gap: tokens.spacingVerticalM },
});

interface ConfirmDialogProps {
  readonly title: string;
  readonly act: string;
  readonly pending: boolean;
  readonly error: Error | null;
  /** What is done cannot be undone. */
  readonly danger?: boolean;
  readonly disabled?: boolean;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** What came of it, to be read before the dialog is closed: it stands in the place of all that was asked. */
  readonly outcome?: ReactNode;
}

/** Asks once more before something that matters; says why when it was refused. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const styles = useStyles();
  const { pending, disabled = false, danger = false, outcome } = props;
  const isDisabled = pending || disabled;
  return (
    <Dialog open modalType="modal" onOpenChange={(_, { open }) => !open && props.onClose()}>
      <DialogSurface>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            // Enter in what is shown afterwards would do it once more.
            if (outcome === undefined) props.onConfirm();
          }}
        >
          <DialogBody>
            <DialogTitle>{props.title}</DialogTitle>
            <DialogContent className={styles.content}>
              {outcome ?? props.children}
              {props.error !== null && (
                <MessageBar intent="error" layout="multiline">
                  <MessageBarBody>{props.error.message}</MessageBarBody>
                </MessageBar>
              )}
            </DialogContent>
            <DialogActions>
              {outcome === undefined && (
                <Button
                  type="submit"
                  appearance="primary"
                  className={danger && !isDisabled ? styles.danger : undefined}
                  disabled={isDisabled}
                >
                  {props.act}
                </Button>
              )}
              <Button onClick={props.onClose}>{outcome === undefined ? 'Cancel' : 'Close'}</Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
