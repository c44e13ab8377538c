/** A property list value. Integers beyond 2^53 come as bigint. */
export type PlistValue =
  | string
  | number
  | bigint
  | boolean
  | Date
  | Uint8Array
  | PlistValue[]
  | PlistDictionary;

export interface PlistDictionary {
  [key: string]: PlistValue;
}

/** True for a `<dict>`, and for nothing else a property list can hold. */
export function isDictionary(value: PlistValue | undefined): value is PlistDictionary {
  return (
    typeof value === 'object' &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array)
  );
}
