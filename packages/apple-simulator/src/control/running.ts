import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';

import type { Core } from '../core/world.ts';
import type { LicenseService } from '../licenses/service.ts';
import { changeSettings, SettingsPatch } from '../licenses/settings.ts';
import { Strict } from './schemas.ts';

const tags = ['running'];

/** The clock and the settings. */
export function registerRunningControls(
  root: FastifyInstance,
  core: Core,
  service: LicenseService,
): void {
  registerClock(root, core);
  const app = root.withTypeProvider<TypeBoxTypeProvider>();
  app.get('/_control/settings', { schema: { tags, summary: 'Settings' } }, () => service.settings);
  app.post(
    '/_control/settings',
    { schema: { tags, summary: 'Change settings, limits too', body: SettingsPatch } },
    (request) => {
      changeSettings(service.settings, request.body);
      core.journal.write('settings', request.body);
      return service.settings;
    },
  );
}

function registerClock(root: FastifyInstance, { clock, journal }: Core): void {
  const app = root.withTypeProvider<TypeBoxTypeProvider>();
  const reading = (): object => ({ now: new Date(clock.now()).toISOString(), speed: clock.speed });
  app.get('/_control/clock', { schema: { tags, summary: 'Simulated time and speed' } }, reading);
  app.post('/_control/clock', {
    schema: {
      tags,
      summary: 'Move the clock forward; answers once everything due on the way was done',
      body: Type.Object(
        {
          advanceSeconds: Type.Optional(Type.Number({ minimum: 0 })),
          speed: Type.Optional(
            Type.Number({ minimum: 0, description: '1: real time; 0: delays are skipped.' }),
          ),
        },
        Strict,
      ),
    },
    handler: async (request) => {
      const { advanceSeconds, speed } = request.body;
      if (speed !== undefined) clock.setSpeed(speed);
      if (advanceSeconds !== undefined) await clock.advance(advanceSeconds * 1000);
      journal.write('clock', request.body);
      return reading();
    },
  });
}
