/** A repeatable source of chance: the same seed and the same calls give the same values. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  /** One of the items. @throws RangeError when there are none. */
  pick<T>(items: readonly T[]): T;
  /** True with the given probability (0 to 1); 1 and 0 draw nothing, so that they disturb no other sequence. */
  chance(probability: number): boolean;
  /** A random (version 4) UUID in lower case. */
  uuid(): string;
  /** `length` hexadecimal digits in lower case. */
  hex(length: number): string;
  /** An independent source named after its use, so that one part's draws do not shift another's. */
  fork(name: string): Random;
}

/**
 * A seeded source of chance (sfc32 generator).
 * @param seed any integer; only its low 32 bits count
 */
export function createRandom(seed: number): Random {
  const draw = sfc32(seed >>> 0);
  const next = (): number => draw() / 0x1_0000_0000;
  const integer = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  const hex = (length: number): string => {
    let digits = '';
    while (digits.length < length) digits += draw().toString(16).padStart(8, '0');
    return digits.slice(0, length);
  };
  return {
    next,
    integer,
    hex,
    pick<T>(items: readonly T[]): T {
      if (items.length === 0) throw new RangeError('Cannot pick from an empty list.');
      return items[integer(0, items.length - 1)] as T;
    },
    chance: (probability) => probability >= 1 || (probability > 0 && next() < probability),
    uuid() {
      const digits = hex(32);
      const variant = '89ab'.charAt(Number.parseInt(digits.charAt(16), 16) % 4);
      return [
        digits.slice(0, 8),
        digits.slice(8, 12),
        `4${digits.slice(13, 16)}`,
        `${variant}${digits.slice(17, 20)}`,
        digits.slice(20),
      ].join('-');
    },
    fork: (name) => createRandom(hash(`${seed}:${name}`)),
  };
}

function sfc32(seed: number): () => number {
  let a = hash(`a${seed}`);
  let b = hash(`b${seed}`);
  let c = hash(`c${seed}`);
  let counter = 1;
  return () => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result >>> 0;
  };
}

/** FNV-1a with a final mix, so that near seeds start far apart. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
