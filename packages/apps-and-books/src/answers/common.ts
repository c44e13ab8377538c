import type { MdmInfo } from '../errors/errors.ts';
import { parseAppleDate } from './apple-date.ts';
import { type Fields, optionalText, readMember, requiredText, ShapeError } from './read.ts';

/** What every authenticated answer carries. */
export interface LocationAnswer {
  /** Apple's id of the location: the identity of its licenses. */
  readonly uId: string;
  /** Undefined when Apple does not say: whose the location is stays unknown, which is no error. */
  readonly mdmInfo: MdmInfo | undefined;
  /** Apple promises it only within 15 days of the end. */
  readonly tokenExpirationDate: Date | undefined;
}

export function readLocationAnswer(fields: Fields): LocationAnswer {
  return {
    uId: requiredText(fields, 'uId'),
    mdmInfo: readMember(fields, 'mdmInfo', readMdmInfo),
    tokenExpirationDate: optionalDate(fields, 'tokenExpirationDate'),
  };
}

function readMdmInfo(fields: Fields): MdmInfo {
  return {
    id: requiredText(fields, 'id'),
    name: optionalText(fields, 'name') ?? '',
    metadata: optionalText(fields, 'metadata') ?? '',
  };
}

function optionalDate(fields: Fields, key: string): Date | undefined {
  const text = optionalText(fields, key);
  if (text === undefined) return undefined;
  const date = parseAppleDate(text);
  if (date === undefined) throw new ShapeError(key, 'a date');
  return date;
}

/** The name of a title at Apple: Adam ID and pricing together. */
export interface AssetReference {
  readonly adamId: string;
  /** `STDQ` or `PLUS`; values not known yet pass through. */
  readonly pricingParam: string;
}

/** Samples leave the pricing out, and the result then reads STDQ. */
export function readPricing(fields: Fields): string {
  return optionalText(fields, 'pricingParam') ?? 'STDQ';
}
