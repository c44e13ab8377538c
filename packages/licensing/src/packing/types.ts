/** The changes of one asset: holders apart by kind, since Apple limits them apart. Ids are ours. */
export interface AssetChanges {
  readonly assetId: number;
  readonly deviceIds: readonly number[];
  readonly personIds: readonly number[];
}

/** One request: every asset of it for every holder of it. */
export interface Rectangle {
  readonly assetIds: readonly number[];
  readonly holderIds: readonly number[];
}

/** Apple's live limits of one associate or disassociate request. */
export interface RequestLimits {
  readonly maxAssets: number;
  readonly maxSerialNumbers: number;
  readonly maxClientUserIds: number;
}
