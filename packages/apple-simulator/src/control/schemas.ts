import { Type } from 'typebox';

import { PortalError } from '../licenses/portal-error.ts';
import type { Location } from '../licenses/location.ts';
import type { LicenseService } from '../licenses/service.ts';

export const UId = Type.String({ description: 'Library id of a location.' });
export const Id = Type.String({ minLength: 1 });
export const AdamId = Type.String({ pattern: '^[0-9]{1,18}$' });
export const Pricing = Type.Optional(Type.Enum(['STDQ', 'PLUS'], { default: 'STDQ' }));
export const MdmInfo = Type.Object(
  { id: Type.String(), name: Type.String(), metadata: Type.String() },
  { additionalProperties: false },
);

/** A bulk load of hundreds of thousands of rows has to fit. */
export const BULK_BODY = 256 * 1024 * 1024;

/** An object that refuses members nobody asked for, so that a slip of the pen shows. */
export const Strict = { additionalProperties: false } as const;

/** The location of a uId. @throws PortalError that says where to find one */
export function locationOf({ registry }: LicenseService, uId: string): Location {
  const location = registry.location(uId);
  if (location === undefined) {
    throw new PortalError(
      `uId: there is no location ${uId}. POST /_control/organizations makes one.`,
    );
  }
  return location;
}
