import { formatDateTime, formatRelative } from '../format/times.ts';
import { useNow } from './use-now.ts';

interface RelativeTimeProps {
  /** ISO 8601; null shows `never`. */
  readonly at: string | null;
  readonly never?: string;
}

/** "3 minutes ago", with the exact time in a tooltip. */
export function RelativeTime({ at, never = 'Never' }: RelativeTimeProps) {
  const now = useNow();
  if (at === null) return <span>{never}</span>;
  const date = new Date(at);
  return (
    <time dateTime={at} title={formatDateTime(date)}>
      {formatRelative(date, now)}
    </time>
  );
}
