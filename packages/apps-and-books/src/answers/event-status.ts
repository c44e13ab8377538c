import type { ErrorInfo } from '../errors/errors.ts';
import { readPricing } from './common.ts';
import {
  type Fields,
  optionalInteger,
  optionalText,
  readMember,
  readObjects,
  readTexts,
  requiredAdamId,
  requiredInteger,
  requiredText,
} from './read.ts';

/** What became of a write that Apple accepted. */
export interface EventStatus {
  /** `PENDING`, `COMPLETE` or `FAILED` (often only in part); values not known yet pass through. */
  readonly status: string;
  /** `ASSOCIATE`, `DISASSOCIATE`, `REVOKE`, `CREATE`, `UPDATE`, `RETIRE`; values not known yet pass through. */
  readonly type: string;
  readonly numRequested: number;
  readonly numCompleted: number;
  readonly failures: readonly EventFailure[];
}

/** One reason, for all the targets it names. `explainErrorNumber` says more. */
export interface EventFailure {
  readonly errorNumber: number;
  readonly errorMessage: string;
  readonly errorInfo: ErrorInfo | undefined;
}

export function readEventStatus(fields: Fields): EventStatus {
  return {
    status: requiredText(fields, 'eventStatus'),
    type: optionalText(fields, 'eventType') ?? '',
    numRequested: optionalInteger(fields, 'numRequested') ?? 0,
    numCompleted: optionalInteger(fields, 'numCompleted') ?? 0,
    failures: readObjects(fields, 'failures', readFailure),
  };
}

/** One `{errorNumber, errorMessage, errorInfo?}`. */
export function readFailure(fields: Fields): EventFailure {
  return {
    errorNumber: requiredInteger(fields, 'errorNumber'),
    errorMessage: optionalText(fields, 'errorMessage') ?? '',
    errorInfo: readMember(fields, 'errorInfo', readErrorInfo),
  };
}

function readErrorInfo(fields: Fields): ErrorInfo {
  return {
    assets: readObjects(fields, 'assets', (asset) => ({
      adamId: requiredAdamId(asset),
      pricingParam: readPricing(asset),
    })),
    clientUserIds: readTexts(fields, 'clientUserIds'),
    serialNumbers: readTexts(fields, 'serialNumbers'),
  };
}
