import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fastifyStatic } from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

const folder = fileURLToPath(new URL('../../../console/dist/', import.meta.url));
/** Stands in the built page wherever the nonce belongs; the console's build puts it there. */
const noncePlace = '__CSP_NONCE__';

const notBuilt = `<!doctype html><meta charset="utf-8"><title>Allotment</title>
<p>The console is not built. Run <code>npm run build --workspace @allotment/console</code> and start the server again.`;

/** First segments of paths that are no pages. */
const notPages = new Set(['api', 'v1.0', 'beta', 'mdm', 'apple', 'scim', 'portal', 'assets']);

/** The administrators' console: built files as they are, and its one page under every other path. */
export async function registerConsole(app: FastifyInstance): Promise<void> {
  const page = await readPage();
  if (page !== undefined) {
    await app.register(fastifyStatic, {
      root: folder,
      wildcard: false,
      globIgnore: ['index.html'],
      index: false,
      cacheControl: false,
      setHeaders: (reply, path) => {
        // Vite names what lies in assets after its content.
        const forever = path.startsWith(join(folder, 'assets'));
        reply.header('cache-control', forever ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
  }
  app.get('/*', async (request, reply) => {
    const [first = ''] = request.url.slice(1).split(/[/?]/);
    if (notPages.has(first.toLowerCase()) || first.includes('.')) {
      reply.callNotFound();
      return reply;
    }
    return sendPage(reply, page);
  });
}

async function readPage(): Promise<string | undefined> {
  try {
    return await readFile(join(folder, 'index.html'), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function sendPage(reply: FastifyReply, page: string | undefined): Promise<FastifyReply> {
  const nonce = randomBytes(16).toString('base64');
  return reply
    .code(page === undefined ? 503 : 200)
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('content-security-policy', policy(nonce))
    .send(page?.replaceAll(noncePlace, nonce) ?? notBuilt);
}

/** Fluent puts its styles into the page as it runs: they carry the nonce, and nothing without it is taken. */
function policy(nonce: string): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}
