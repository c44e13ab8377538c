import type { EntityType } from './entity-type.ts';
import type { Entity } from './filter/evaluate.ts';

export type Metadata = 'none' | 'minimal' | 'full';

/** How much metadata an `Accept` header asks for; `minimal` unless it says otherwise. */
export function metadataLevel(accept: string | undefined): Metadata {
  const level = /odata\.metadata=(none|minimal|full)/i.exec(accept ?? '')?.[1]?.toLowerCase();
  return level === 'none' || level === 'full' ? level : 'minimal';
}

/** The content type of an answer. */
export function contentType(metadata: Metadata): string {
  return `application/json;odata.metadata=${metadata};odata.streaming=true;IEEE754Compatible=false;charset=utf-8`;
}

/** Where an answer comes from: what its annotations are made of. */
export interface Origin {
  /** Scheme, host and version, such as `https://host/beta`. */
  readonly root: string;
  /** The entity set below the root, such as `deviceAppManagement/mobileApps`. */
  readonly set: string;
  readonly metadata: Metadata;
}

export interface Page {
  readonly value: readonly Entity[];
  /** Undefined where the resource does not count without being asked. */
  readonly count: number | undefined;
  readonly nextLink: string | undefined;
}

/** A collection with its annotations. */
export function collectionBody(origin: Origin, page: Page): Entity {
  return {
    ...(origin.metadata === 'none'
      ? {}
      : { '@odata.context': `${origin.root}/$metadata#${origin.set}` }),
    ...(page.count === undefined ? {} : { '@odata.count': page.count }),
    ...(page.nextLink === undefined ? {} : { '@odata.nextLink': page.nextLink }),
    value: page.value,
  };
}

/** One entity with its annotations. */
export function entityBody(origin: Origin, entity: Entity): Entity {
  if (origin.metadata === 'none') return entity;
  return { '@odata.context': `${origin.root}/$metadata#${origin.set}/$entity`, ...entity };
}

/** The entity as the metadata level wants it: nothing more, nothing, or everything said of it. */
export function annotate(origin: Origin, type: EntityType, entity: Entity): Entity {
  if (origin.metadata === 'minimal') return entity;
  if (origin.metadata === 'none') {
    return Object.fromEntries(Object.entries(entity).filter(([name]) => !name.includes('@odata.')));
  }
  const self = `${origin.root}/${origin.set}('${String(entity['id'])}')`;
  return {
    '@odata.type': `#microsoft.graph.${type.name}`,
    '@odata.id': self,
    '@odata.editLink': `${origin.set}('${String(entity['id'])}')`,
    ...entity,
    ...Object.fromEntries(
      (type.navigation ?? []).flatMap((name) => [
        [`${name}@odata.associationLink`, `${self}/${name}/$ref`],
        [`${name}@odata.navigationLink`, `${self}/${name}`],
      ]),
    ),
  };
}

/** What an error answer says besides its code and message. */
export interface ErrorDetail {
  readonly at: Date;
  readonly requestId: string;
  readonly clientRequestId: string;
  /** The refusal in a word that programs can rely on. */
  readonly reason?: string | undefined;
  /** The field of the request that is wrong. */
  readonly field?: string | undefined;
}

/** An error in Graph's shape; `at` appears in UTC without a zone, as Graph writes it. */
export function errorBody(code: string, message: string, detail: ErrorDetail): Entity {
  return {
    error: {
      code,
      message,
      innerError: {
        ...(detail.reason === undefined ? {} : { code: detail.reason }),
        ...(detail.field === undefined ? {} : { field: detail.field }),
        date: detail.at.toISOString().slice(0, 19),
        'request-id': detail.requestId,
        'client-request-id': detail.clientRequestId,
      },
    },
  };
}
