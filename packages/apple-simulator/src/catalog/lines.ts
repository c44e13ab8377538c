/** One line for a real app: Adam ID, bundle id, name, developer, genre, where it runs, options. */
export type AppLine = readonly [
  adamId: string,
  bundleId: string,
  name: string,
  developer: string,
  genre: string,
  platforms: Platforms,
  options?: AppOptions,
];

/** p iPhone, i iPad, m Mac, t Apple TV, w Apple Watch, v Vision; a lone `m` is an app made for the Mac. */
export type Platforms =
  | 'pi'
  | 'i'
  | 'p'
  | 'm'
  | 'pim'
  | 'pit'
  | 'pimt'
  | 'piw'
  | 'piv'
  | 'pitv'
  | 'im';

export interface AppOptions {
  readonly paid?: true;
  readonly delisted?: true;
  readonly absentIn?: readonly string[];
  readonly minimumOs?: string;
}
