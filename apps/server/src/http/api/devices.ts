import { sql } from 'kysely';
import type { Database } from '../../db/connect.ts';
import { createRenewalLink, noteWiped, syncDevice } from '../../devices/index.ts';
import { deviceStatuses } from '../../status/index.ts';
import { callerOf } from '../auth.ts';
import { findManagedDevice } from '../graph/managed-devices/source.ts';
import { statusView } from './device-status.ts';
import { enrollmentLinkView } from './enrollment-links.ts';
import { type Face, type Page, pageOf, patternOf, searchQuery } from './face.ts';
import { withId } from '../typed-app.ts';

interface DeviceRow {
  readonly id: string;
  readonly name: string;
  readonly serialNumber: string;
  readonly family: string | null;
  readonly productName: string | null;
  readonly osVersion: string | null;
  readonly supervised: boolean | null;
  readonly ownership: string;
  readonly managementState: string;
  readonly userDisplayName: string | null;
  readonly userPrincipalName: string | null;
  readonly lastCheckInDateTime: Date | null;
  readonly enrolledDateTime: Date | null;
  readonly kiosk: boolean;
  /** When the device is not known any more unless its identity is renewed. */
  readonly identityExpiresDateTime: Date | null;
  readonly apps: { readonly installed: number; readonly pending: number; readonly failed: number };
}

/** GET /api/devices, /api/devices/{id}; POST /api/devices/{id}/sync, …/wiped (it was erased elsewhere), …/renewal-link */
export function registerDeviceViews({ app, context }: Face): void {
  app.get('/devices', { schema: { querystring: searchQuery } }, async (request) =>
    listDevices(context.db, patternOf(request.query.search), null, pageOf(request.query)),
  );
  app.get('/devices/:id', { schema: { params: withId } }, async (request) => {
    const { id, udid } = await findManagedDevice(context.db, request.params.id);
    const { value } = await listDevices(context.db, null, id, { top: 1, skip: 0 });
    const statuses = await deviceStatuses(context.db, { deviceId: id });
    return { ...value[0], udid, apps: statuses.value.map(statusView) };
  });
  app.post('/devices/:id/sync', { schema: { params: withId } }, async (request, reply) => {
    await syncDevice(context, request.params.id, callerOf(request).actor);
    return reply.code(204).send();
  });
  app.post('/devices/:id/wiped', { schema: { params: withId } }, async (request, reply) => {
    await noteWiped(context, request.params.id, callerOf(request).actor);
    return reply.code(204).send();
  });
  app.post('/devices/:id/renewal-link', { schema: { params: withId } }, async (request) =>
    enrollmentLinkView(
      await createRenewalLink(context, request.params.id, callerOf(request).actor),
    ),
  );
}

/** A page of the devices by name; what waits for a license counts as failed, as in Graph. */
async function listDevices(
  db: Database,
  pattern: string | null,
  id: string | null,
  page: Page,
): Promise<{ readonly count: number; readonly value: readonly DeviceRow[] }> {
  const { rows } = await sql<DeviceRow & { count: number }>`
    with page as (
      select d.*, p.display_name as user_display_name, p.user_principal_name, count(*) over ()::int as count
      from devices.device d
      left join directory.person p on p.id = d.person_id and p.deleted_at is null
      where d.management_state <> 'discovered' and (${id}::uuid is null or d.id = ${id}::uuid)
        and (${pattern}::text is null or d.name ilike ${pattern} or d.serial_number ilike ${pattern}
          or p.display_name ilike ${pattern} or p.user_principal_name ilike ${pattern})
      order by lower(coalesce(d.name, d.serial_number)), d.id
      limit ${page.top} offset ${page.skip}
    )
    select page.count, page.id, coalesce(page.name, page.serial_number) as name, page.serial_number, page.family, page.product_name,
      page.os_version, page.supervised, page.ownership, page.management_state, page.user_display_name, page.user_principal_name,
      page.last_check_in_at as last_check_in_date_time, page.enrolled_at as enrolled_date_time, page.kiosk,
      (select certificate_expires_at from devices.enrollment where device_id = page.id and state = 'enrolled' and device_enrollment_id is null) as identity_expires_date_time,
      json_build_object('installed', tasks.installed, 'failed', tasks.failed + demand.waiting,
        'pending', greatest(0, demand.served - tasks.installed - tasks.failed)) as apps
    from page,
      lateral (select count(*) filter (where state = 'installed')::int as installed, count(*) filter (where state = 'failed')::int as failed
        from delivery.task where device_id = page.id) tasks,
      lateral (select count(*) filter (where wanted and not granted and not found and covered_by is null)::int as waiting,
          count(*) filter (where wanted and (granted or found))::int as served
        from grants.demand d join library.holder h on h.id = d.holder_id
        where h.kind = 'device' and h.key = page.serial_number) demand
    order by lower(coalesce(page.name, page.serial_number)), page.id`.execute(db);
  return { count: rows[0]?.count ?? 0, value: rows.map(({ count: _count, ...row }) => row) };
}
