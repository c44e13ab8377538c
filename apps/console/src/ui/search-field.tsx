import { SearchBox, makeStyles } from '@fluentui/react-components';
import { useEffect, useState } from 'react';
import { narrow } from './media.ts';

const settleMs = 250;

const useStyles = makeStyles({
  box: { width: '320px', maxWidth: '100%', [narrow]: { width: '100%' } },
});

interface SearchFieldProps {
  readonly label: string;
  readonly value: string;
  /** Told once the person has paused typing. */
  readonly onSearch: (text: string) => void;
}

export function SearchField({ label, value, onSearch }: SearchFieldProps) {
  const styles = useStyles();
  const [typed, setTyped] = useState(value);
  const [seen, setSeen] = useState(value);
  if (seen !== value) {
    setSeen(value);
    setTyped(value);
  }
  useEffect(() => {
    if (typed === value) return undefined;
    const timer = setTimeout(() => onSearch(typed), settleMs);
    return () => clearTimeout(timer);
  }, [typed, value, onSearch]);
  return (
    <SearchBox
      className={styles.box}
      aria-label={label}
      placeholder={label}
      value={typed}
      onChange={(_, data) => setTyped(data.value)}
    />
  );
}
