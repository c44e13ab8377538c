import {
  Button,
  DrawerBody,
  DrawerFooter,
  DrawerHeader,
  DrawerHeaderTitle,
  MessageBar,
  MessageBarBody,
  OverlayDrawer,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { DismissRegular } from '@fluentui/react-icons/svg/dismiss';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  drawer: { width: 'min(520px, 100vw)' },
  form: { display: 'flex', flexDirection: 'column', minHeight: 0, flex: 1 },
  fields: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalL,
    paddingBlock: tokens.spacingVerticalM,
  },
});

interface FormDrawerProps {
  readonly title: string;
  readonly act: string;
  readonly pending: boolean;
  readonly error: Error | null;
  readonly disabled?: boolean;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A form at the side of the screen, with its error where the eye is: above the buttons. */
export function FormDrawer(props: FormDrawerProps) {
  const styles = useStyles();
  return (
    <OverlayDrawer
      open
      position="end"
      className={styles.drawer}
      onOpenChange={(_, { open }) => !open && props.onClose()}
    >
      <DrawerHeader>
        <DrawerHeaderTitle
          action={
            <Button
              appearance="subtle"
              aria-label="Close"
              icon={<DismissRegular />}
              onClick={props.onClose}
            />
          }
        >
          {props.title}
        </DrawerHeaderTitle>
      </DrawerHeader>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          props.onSubmit();
        }}
      >
        <DrawerBody>
          <div className={styles.fields}>{props.children}</div>
        </DrawerBody>
        {props.error !== null && (
          <MessageBar intent="error" layout="multiline">
            <MessageBarBody>{props.error.message}</MessageBarBody>
          </MessageBar>
        )}
        <DrawerFooter>
          <Button
            type="submit"
            appearance="primary"
            disabled={props.pending || props.disabled === true}
          >
            {props.act}
          </Button>
          <Button onClick={props.onClose}>Cancel</Button>
        </DrawerFooter>
      </form>
    </OverlayDrawer>
  );
}
