import { ServiceError } from '../errors.ts';
import { failureList } from '../event.ts';
import { commonFields, type Operation, text } from './operation.ts';

/** GET /status (protocol reference 1.8). */
export const eventStatus: Operation = {
  method: 'GET',
  path: '/status',
  name: 'status',
  readOnly: false,
  answer(call) {
    const event = call.location.events.get(text(call, 'eventId') ?? '');
    if (event === undefined) throw new ServiceError(9708);
    return {
      eventStatus: event.status,
      eventType: event.type,
      numRequested: event.requested,
      numCompleted: event.completed,
      ...(event.failures.size > 0 && { failures: failureList(event) }),
      ...commonFields(call),
    };
  },
};
