import { Button, Field, Textarea, makeStyles, tokens } from '@fluentui/react-components';
import { useRef } from 'react';

const useStyles = makeStyles({
  whole: { display: 'grid', gap: tokens.spacingVerticalXS, justifyItems: 'start' },
  text: { width: '100%', '& textarea': { fontFamily: tokens.fontFamilyMonospace } },
});

interface PemFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (pem: string) => void;
}

/** PEM text, pasted or taken from a file. */
export function PemField({ label, value, onChange }: PemFieldProps) {
  const styles = useStyles();
  const file = useRef<HTMLInputElement>(null);
  const take = async (chosen: File | undefined): Promise<void> => {
    if (chosen !== undefined) onChange(await chosen.text());
  };
  return (
    <div className={styles.whole}>
      <Field label={label} required className={styles.text}>
        <Textarea
          rows={5}
          resize="vertical"
          placeholder="-----BEGIN …"
          value={value}
          onChange={(_, data) => onChange(data.value)}
        />
      </Field>
      <Button size="small" onClick={() => file.current?.click()}>
        Choose file
      </Button>
      <input
        ref={file}
        type="file"
        hidden
        aria-label={`${label} file`}
        onChange={(event) => void take(event.target.files?.[0])}
      />
    </div>
  );
}
