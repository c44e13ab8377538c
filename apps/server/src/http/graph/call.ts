import {
  annotate,
  checkProperties,
  collectionBody,
  contentType,
  type Entity,
  entityBody,
  type EntityType,
  type Expression,
  isTypeOrBase,
  list,
  type Listing,
  type Metadata,
  metadataLevel,
  nextLink,
  type Origin,
  project,
  type QueryOptions,
  readQueryOptions,
  typeName,
  type Version,
} from '@allotment/graph-odata';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../../context.ts';
import type { TypedApp } from '../typed-app.ts';

/** What every operation is registered on: once per version. */
export interface Face {
  readonly app: TypedApp;
  readonly context: Context;
  readonly version: Version;
}

/** A set of entities below a version: `deviceAppManagement/mobileApps` of two types, for example. */
export interface EntitySet {
  readonly path: string;
  readonly types: readonly [EntityType, ...EntityType[]];
  readonly pageSize: number;
  /** Intune's sets count without being asked, the directory's do not. */
  readonly alwaysCounts: boolean;
}

/** A request as Graph reads it. */
export interface Call {
  readonly version: Version;
  readonly set: EntitySet;
  /** As the caller wrote it, with scheme and host. */
  readonly url: URL;
  readonly options: QueryOptions;
  readonly metadata: Metadata;
  readonly origin: Origin;
}

/** Reads the query of a request for a set. @throws ODataError when an option or a property in it is wrong */
export function readCall(request: FastifyRequest, set: EntitySet, version: Version): Call {
  const host = request.ownOrigin;
  const options = readQueryOptions(new URL(request.url, host).searchParams);
  checkProperties(options, set.types, version);
  const metadata = metadataLevel(request.headers.accept);
  return {
    version,
    set,
    url: new URL(request.originalUrl, host),
    options,
    metadata,
    origin: { root: `${host}/${version}`, set: set.path, metadata },
  };
}

/** What the entities must satisfy: the filter, and the type that a cast in the path asks for. */
export function conditionOf({ options }: Call): Expression | undefined {
  const { filter, cast } = options;
  if (cast === undefined) return filter;
  const ofType = { kind: 'isOf', type: cast } as const;
  return filter === undefined ? ofType : { kind: 'and', left: ofType, right: filter };
}

/** Filters, orders and pages entities that are all at hand, as this version shows them. */
export function listInMemory(
  call: Call,
  entities: readonly Entity[],
  searchable: readonly string[],
): Listing {
  const { set, options, version } = call;
  const shown = entities.map((entity) => project(typeOf(set, entity), version, entity, undefined));
  const wanted = { ...options, filter: conditionOf(call) };
  return list(shown, wanted, searchable, set.pageSize, (entity, type) =>
    isTypeOrBase(typeOf(set, entity), type),
  );
}

/** Answers with a page. `more` adds what `$expand` asked for. */
export function sendPage(
  reply: FastifyReply,
  call: Call,
  listing: Listing,
  more: (entity: Entity) => Entity = () => ({}),
): FastifyReply {
  const { options, set } = call;
  return send(
    reply,
    call,
    collectionBody(call.origin, {
      value: listing.items.map((entity) => show(call, entity, more(entity))),
      count: set.alwaysCounts || options.count ? listing.count : undefined,
      nextLink: nextLink(call.url, options, listing.items.length, listing.count),
    }),
  );
}

/** Answers with one entity. */
export function sendEntity(
  reply: FastifyReply,
  call: Call,
  entity: Entity,
  more: Entity = {},
): FastifyReply {
  return send(reply, call, entityBody(call.origin, show(call, entity, more)));
}

/** Answers 201 with the entity and where it is from now on. */
export function sendCreated(reply: FastifyReply, call: Call, entity: Entity): FastifyReply {
  reply
    .code(201)
    .header('location', `${call.origin.root}/${call.set.path}('${String(entity['id'])}')`);
  return sendEntity(reply, call, entity);
}

/** Answers with a bare number, as `…/$count` does. */
export function sendCount(reply: FastifyReply, count: number): FastifyReply {
  return reply.type('text/plain; charset=utf-8').send(String(count));
}

function send(reply: FastifyReply, call: Call, body: Entity): FastifyReply {
  return reply.header('odata-version', '4.0').type(contentType(call.metadata)).send(body);
}

function show(call: Call, entity: Entity, more: Entity): Entity {
  const type = typeOf(call.set, entity);
  const shown = project(type, call.version, entity, call.options.select);
  // The id is in the links of full metadata even when it was not selected.
  const annotated = annotate(
    call.origin,
    type,
    call.metadata === 'full' ? { id: entity['id'], ...shown } : shown,
  );
  return { ...annotated, ...more };
}

/** Which of the set's types an entity is: the one its `@odata.type` names, else the first. */
function typeOf(set: EntitySet, entity: Entity): EntityType {
  const own = entity['@odata.type'];
  const name = typeof own === 'string' ? typeName(own) : undefined;
  return set.types.find((type) => type.name === name) ?? set.types[0];
}

/** Graph's way to say that a date was never set. */
export function dateTime(date: Date | null): string {
  return date?.toISOString() ?? '0001-01-01T00:00:00Z';
}
