export { type Sizes, anOrganization } from './arbitraries.ts';
export { naiveDemand } from './naive-demand.ts';
export { keyOf } from './verdicts.ts';
export type {
  App,
  Asset,
  Assignment,
  Demand,
  DemandRow,
  Device,
  Group,
  Holder,
  InstallRequest,
  Organization,
  Pair,
  Person,
  Placement,
  Served,
  Wanted,
  WantedBecause,
} from './organization.ts';
