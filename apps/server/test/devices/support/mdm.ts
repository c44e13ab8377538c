import Fastify, { type FastifyInstance } from 'fastify';
import { system } from '../../../src/audit/record.ts';
import type { Config } from '../../../src/config/config.ts';
import type { Context } from '../../../src/context.ts';
import { setPushCertificate } from '../../../src/devices/index.ts';
import { registerDevices } from '../../../src/http/devices/index.ts';
import { openTestContext } from '../../support/context.ts';
import type { TestClock } from '../../support/test-clock.ts';
import { selfSigned, TOPIC } from './credentials.ts';

/** A server as devices see it, on a database of its own. */
export interface Mdm extends AsyncDisposable {
  readonly context: Context;
  readonly clock: TestClock;
  readonly http: FastifyInstance;
}

export const actor = system('test');

/** With a push certificate, and reachable by devices under https://mdm.example.org. */
export async function openMdm(more: Partial<Config> = {}): Promise<Mdm> {
  const opened = await openTestContext();
  const publicUrl = new URL('https://mdm.example.org');
  const config = { ...opened.context.config, publicUrl, ...more };
  const context: Context = { ...opened.context, config };
  await setPushCertificate(context, selfSigned({ commonName: 'APSP', userId: TOPIC }), actor);
  const http = Fastify();
  await registerDevices(http, context);
  return {
    context,
    clock: opened.clock,
    http,
    [Symbol.asyncDispose]: async () => {
      await http.close();
      await opened[Symbol.asyncDispose]();
    },
  };
}
