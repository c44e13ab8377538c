import { MessageBar, MessageBarBody } from '@fluentui/react-components';

/** Stands wherever tokens are handled, for good. */
export function SingleProductNote() {
  return (
    <MessageBar intent="info" layout="multiline">
      <MessageBarBody>
        Use a token in one product only, and remove the users another product made under it before
        you begin. A token that is imported elsewhere later may lose its license assignments and
        user records.
      </MessageBarBody>
    </MessageBar>
  );
}
