/** Thrown when the portal refuses; the message says why. */
export class PortalError extends Error {
  override readonly name = 'PortalError';
}
