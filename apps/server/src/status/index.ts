export { type Drift, type DriftKind, readDrift } from './drift.ts';
export { type AppQuery, type AppSummary, appSummaries } from './apps.ts';
export { type BookHolder, bookHolders } from './books.ts';
export { type DeviceAppStatus, type StatusQuery, deviceStatuses } from './devices.ts';
export { type LocationOverview, locationOverview } from './locations.ts';
export type { Reason } from './reasons.ts';
export { notApplicableStatuses } from './unfit.ts';
export { type WhatIfAnswer, whatIf } from './what-if.ts';
export { explainWhy, type Why } from './why.ts';
