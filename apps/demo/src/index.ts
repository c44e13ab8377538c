/** The stage on which the demo plays, for the measurements to play on too. */
export { Allotment, type AppRow, type TokenRow } from './allotment.ts';
export { DemoAuthority } from './certificates.ts';
export { HttpRefusal, JsonClient, until } from './http.ts';
export { serverEnv } from './server-env.ts';
export { ServerProcess, freePort } from './server-process.ts';
