import { type AssetReference, readPricing } from './common.ts';
import { type Fields, optionalText, readObjects, requiredAdamId, ShapeError } from './read.ts';

/** One license at Apple: a title, and a person or a device. */
export type Assignment = AssetReference & Holder;

/** Exactly one of the two is there. */
export type Holder =
  | { readonly clientUserId: string; readonly serialNumber?: undefined }
  | { readonly serialNumber: string; readonly clientUserId?: undefined };

export function readAssignments(fields: Fields): Assignment[] {
  return readObjects(fields, 'assignments', readAssignment);
}

function readAssignment(fields: Fields): Assignment {
  const adamId = requiredAdamId(fields);
  const pricingParam = readPricing(fields);
  const clientUserId = optionalText(fields, 'clientUserId');
  const serialNumber = optionalText(fields, 'serialNumber');
  if (clientUserId !== undefined && serialNumber === undefined)
    return { adamId, pricingParam, clientUserId };
  if (serialNumber !== undefined && clientUserId === undefined)
    return { adamId, pricingParam, serialNumber };
  throw new ShapeError('', 'either a clientUserId or a serialNumber');
}
