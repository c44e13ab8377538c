import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import { createRandom } from '../../src/core/random.ts';
import { PushAuthority } from '../../src/push/push-certificates.ts';

export interface Received {
  readonly authorization: string | undefined;
  readonly notificationId: string;
  readonly notificationType: string;
  readonly uId: string;
  readonly notification: Record<string, unknown>;
}

/** An https server that takes notifications and answers what it is told to. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** Authority to trust (PEM). */
  readonly ca: string;
  readonly received: Received[];
  /** Status codes of the next answers; 200 when there are none left. */
  readonly answers: number[];
  /** What was received of a type, in order. */
  of(type: string): Received[];
}

/** A certificate for 127.0.0.1 with its key, and the authority that signed it; all PEM. */
export const certificates = PushAuthority.create(createRandom(1), Date.now()).then(
  async (authority) => ({
    ca: authority.certificate,
    server: await authority.issueServer(['127.0.0.1'], Date.now()),
  }),
);

export async function startReceiver(): Promise<Receiver> {
  const { ca, server: identity } = await certificates;
  const received: Received[] = [];
  const answers: number[] = [];
  const server = createServer(
    { cert: identity.certificate, key: identity.key },
    (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const body = JSON.parse(Buffer.concat(parts).toString()) as Omit<Received, 'authorization'>;
        received.push({ ...body, authorization: request.headers.authorization });
        response.writeHead(answers.shift() ?? 200).end();
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/apple/notifications`,
    ca,
    received,
    answers,
    of: (type) => received.filter(({ notificationType }) => notificationType === type),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
