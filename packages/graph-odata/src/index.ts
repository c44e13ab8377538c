export {
  checkProperties,
  type EntityType,
  isTypeOrBase,
  project,
  propertyNames,
  type Version,
} from './entity-type.ts';
export { ODataError } from './error.ts';
export { type Entity, matches } from './filter/evaluate.ts';
export type { Expression, Literal, Value } from './filter/expression.ts';
export { parseFilter, typeName } from './filter/parse.ts';
export { list, type Listing, nextLink } from './listing.ts';
export { type Expand, type Order, type QueryOptions, readQueryOptions } from './options.ts';
export {
  annotate,
  collectionBody,
  contentType,
  entityBody,
  errorBody,
  type Metadata,
  metadataLevel,
  type Origin,
} from './response.ts';
export { normalizeUrl } from './url.ts';
