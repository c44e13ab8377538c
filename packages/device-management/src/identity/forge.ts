/**
 * The library for PKCS #12 and PKCS #7, read when it is first needed: five megabytes that a server which enrolls nobody
 * today never takes.
 */
export async function loadForge() {
  const { default: forge } = await import('node-forge');
  return forge;
}
