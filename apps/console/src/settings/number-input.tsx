import { Input, makeStyles } from '@fluentui/react-components';

const useStyles = makeStyles({ number: { width: '104px', minWidth: 0 } });

export function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

interface NumberInputProps {
  readonly value: number;
  readonly onChange: (value: number) => void;
  /** Stands behind the number, such as "%". */
  readonly unit?: string;
  readonly 'aria-label'?: string;
}

/** What is no number is NaN, so that it is told instead of taken for 0. */
export function NumberInput({ value, onChange, unit, ...rest }: NumberInputProps) {
  const { number } = useStyles();
  return (
    <Input
      {...rest}
      type="number"
      min={0}
      className={number}
      {...(unit === undefined ? {} : { contentAfter: unit })}
      value={Number.isNaN(value) ? '' : String(value)}
      onChange={(_, data) => onChange(data.value === '' ? Number.NaN : Number(data.value))}
    />
  );
}
