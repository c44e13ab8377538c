import type { Severity } from './source.ts';

/** Days before its end at which a token is pointed out, and how seriously. */
const warnings: readonly { readonly days: number; readonly severity: Severity }[] = [
  { days: 1, severity: 'critical' },
  { days: 7, severity: 'warning' },
  { days: 14, severity: 'warning' },
  { days: 30, severity: 'information' },
  { days: 60, severity: 'information' },
];
const dayMs = 86_400_000;

/** The nearest end of a token. */
export interface ExpiryWarning {
  readonly severity: Severity;
  /** 1 for the first warning, 60 days before the end, to 5 for the last. */
  readonly stage: number;
  /** Whole days that are left. */
  readonly daysLeft: number;
}

/** How near the end of a token is; undefined when it is far, or over. */
export function expiryWarning(expiresAt: Date, now: Date): ExpiryWarning | undefined {
  const left = (expiresAt.getTime() - now.getTime()) / dayMs;
  if (left <= 0) return undefined;
  const index = warnings.findIndex(({ days }) => left <= days);
  const warning = warnings[index];
  if (warning === undefined) return undefined;
  return {
    severity: warning.severity,
    stage: warnings.length - index,
    daysLeft: Math.floor(left),
  };
}
