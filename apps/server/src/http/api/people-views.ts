import { sql } from 'kysely';
import { getPerson } from '../../directory/index.ts';
import { listPeople, personLicenses } from '../../status/index.ts';
import { withId } from '../typed-app.ts';
import { type Face, pageOf, patternOf, searchQuery } from './face.ts';

interface DeviceRow {
  readonly id: string;
  readonly name: string;
  readonly serialNumber: string;
  readonly family: string | null;
  readonly osVersion: string | null;
  readonly managementState: string;
  readonly lastCheckInDateTime: Date | null;
}

/** GET /api/people: people with their devices and licenses; GET /api/people/{id}: one, with each device and user license */
export function registerPeopleViews({ app, context }: Face): void {
  app.get('/people', { schema: { querystring: searchQuery } }, async (request) =>
    listPeople(context.db, patternOf(request.query.search), pageOf(request.query)),
  );
  app.get('/people/:id', { schema: { params: withId } }, async (request) => {
    const person = await getPerson(context.db, request.params.id);
    const { rows: devices } = await sql<DeviceRow>`
      select id, coalesce(name, serial_number) as name, serial_number, family, os_version, management_state,
        last_check_in_at as last_check_in_date_time
      from devices.device where person_id = ${person.id} and management_state <> 'discovered'
      order by management_state <> 'managed', lower(coalesce(name, serial_number)), id`.execute(
      context.db,
    );
    return {
      id: person.id,
      displayName: person.displayName,
      userPrincipalName: person.userPrincipalName,
      mail: person.mail,
      department: person.department,
      jobTitle: person.jobTitle,
      managedAppleId: person.managedAppleId,
      accountEnabled: person.accountEnabled,
      devices,
      licenses: await personLicenses(context.db, person.id),
    };
  });
}
