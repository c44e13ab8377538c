import { Button, Field, Input } from '@fluentui/react-components';
import { CopyRegular } from '@fluentui/react-icons/svg/copy';
import { useNotify } from './notify.tsx';

interface CopyFieldProps {
  readonly label: string;
  readonly text: string;
  readonly hint?: string;
}

/** Text to take along: selected when entered, copied by a button. */
export function CopyField({ label, text, hint }: CopyFieldProps) {
  const notify = useNotify();
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      notify.done('Link copied');
    } catch (error) {
      notify.failed(
        'The browser did not allow copying; select the link and copy it',
        error instanceof Error ? error : new Error(String(error)),
      );
    }
  };
  return (
    <Field label={label} {...(hint === undefined ? {} : { hint })}>
      <Input
        readOnly
        value={text}
        onFocus={(event) => event.target.select()}
        contentAfter={
          <Button
            appearance="transparent"
            size="small"
            icon={<CopyRegular />}
            aria-label="Copy link"
            onClick={() => void copy()}
          />
        }
      />
    </Field>
  );
}
