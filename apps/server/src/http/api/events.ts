import { Readable } from 'node:stream';
import type { Context } from '../../context.ts';
import type { Face } from './face.ts';

const coalesceMs = 300;
const heartbeatMs = 20_000;
/** The browser connects again by itself, and has to be signed in then. */
const longestMs = 10 * 60_000;

/** GET /api/events: which topics changed, as server-sent events; the pages read anew what they show. */
export function registerEvents({ app, context }: Face): void {
  app.get('/events', async (_request, reply) => {
    const gone = new AbortController();
    reply.raw.on('close', () => gone.abort());
    const stream = Readable.from(changes(context, gone.signal), { objectMode: false });
    return reply
      .type('text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no')
      .send(stream);
  });
}

async function* changes(context: Context, gone: AbortSignal): AsyncGenerator<string> {
  const { clock, listener } = context;
  const over = AbortSignal.any([gone, context.signal]);
  const topics = new Set<string>();
  let wake = new AbortController();
  const hear = (topic: string): void => {
    topics.add(topic);
    wake.abort();
  };
  listener.on('changed', hear);
  try {
    yield 'retry: 2000\n\n';
    const endsAt = clock.now().getTime() + longestMs;
    while (!over.aborted && clock.now().getTime() < endsAt) {
      wake = new AbortController();
      if (topics.size === 0) await rest(context, heartbeatMs, AbortSignal.any([over, wake.signal]));
      if (topics.size > 0) {
        await rest(context, coalesceMs, over);
        const changed = [...topics];
        topics.clear();
        yield `event: changed\ndata: ${JSON.stringify({ topics: changed })}\n\n`;
      } else {
        yield ': still here\n\n';
      }
    }
  } finally {
    listener.off('changed', hear);
  }
}

/** Waits, or less long when the signal aborts. */
async function rest(context: Context, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  try {
    await context.clock.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
