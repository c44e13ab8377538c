export { deleteToken } from './delete-token.ts';
export type { Operation, Order } from './operation.ts';
export { type OperationKind, type OperationPlan, planOperation } from './plan.ts';
export { cancelOperation, listOperations, readOperation } from './read.ts';
export { reopenAfterRevoke, revokeAllOfToken } from './revoke-all.ts';
