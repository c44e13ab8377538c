import { Refused } from './http.ts';

/** The server's own mistake. */
const internalError = 500;

/** What is refused with a sentence, or cannot be done now because of somebody else, changes nothing. */
export async function allowRefusal(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof Refused) || error.status === internalError) throw error;
  }
}
