import { Button, Field, Text, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { DocumentArrowUpRegular } from '@fluentui/react-icons/svg/document-arrow-up';
import { useRef, useState } from 'react';

/** Apple's files have some 300 characters. */
const longestFile = 64 * 1024;

const useStyles = makeStyles({
  zone: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    gap: tokens.spacingVerticalS,
    padding: tokens.spacingHorizontalXL,
    border: `1px dashed ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusLarge,
    textAlign: 'center',
  },
  over: {
    borderTopColor: tokens.colorBrandStroke1,
    borderRightColor: tokens.colorBrandStroke1,
    borderBottomColor: tokens.colorBrandStroke1,
    borderLeftColor: tokens.colorBrandStroke1,
    backgroundColor: tokens.colorBrandBackground2,
  },
  icon: { fontSize: '28px', lineHeight: 0, color: tokens.colorBrandForeground1 },
  name: { maxWidth: '100%', overflowWrap: 'anywhere' },
});

interface TokenFileFieldProps {
  readonly label: string;
  readonly fileName: string | undefined;
  /** What is wrong with the file, if anything. */
  readonly problem: string | undefined;
  readonly required?: boolean;
  /** Stands where no file is chosen. */
  readonly hint?: string;
  /** What the browser offers to choose. */
  readonly accept?: string;
  readonly onFile: (file: { readonly name: string; readonly text: string }) => void;
}

/** Takes the file from Apple, chosen or dropped. */
export function TokenFileField(props: TokenFileFieldProps) {
  const { label, fileName, problem, required = true, onFile } = props;
  const { hint = 'Drop the .vpptoken file here', accept = '.vpptoken,.txt' } = props;
  const styles = useStyles();
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const [tooLarge, setTooLarge] = useState(false);
  const take = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    setTooLarge(file.size > longestFile);
    if (file.size <= longestFile) onFile({ name: file.name, text: (await file.text()).trim() });
  };
  const message = tooLarge ? 'This file is too large for a token.' : problem;
  return (
    <Field
      label={label}
      required={required}
      {...(message === undefined ? {} : { validationMessage: message })}
    >
      <div
        className={mergeClasses(styles.zone, isOver && styles.over)}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          void take(event.dataTransfer.files[0]);
        }}
      >
        <span className={styles.icon} aria-hidden>
          <DocumentArrowUpRegular />
        </span>
        <Text className={styles.name}>{fileName ?? hint}</Text>
        <Button size="small" onClick={() => input.current?.click()}>
          {fileName === undefined ? 'Choose file' : 'Choose another file'}
        </Button>
        <input
          ref={input}
          type="file"
          hidden
          accept={accept}
          aria-label={label}
          onChange={(event) => {
            void take(event.target.files?.[0]);
            event.target.value = '';
          }}
        />
      </div>
    </Field>
  );
}
