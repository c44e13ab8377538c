const families: Readonly<Record<string, string>> = {
  iPhone: 'iOS',
  iPad: 'iPadOS',
  Mac: 'macOS',
};

/** "iPadOS 18.1"; a family this version does not know keeps its name. */
export function systemOf(family: string | null, osVersion: string | null): string {
  const system = family === null ? '' : (families[family] ?? family);
  return `${system} ${osVersion ?? ''}`.trim() || '—';
}

export const ownershipNames = {
  company: 'Company',
  personal: 'Personal',
  unknown: 'Unknown',
} as const;

const managementStates: Readonly<Record<string, string>> = {
  discovered: 'Not enrolled yet',
  managed: 'Managed',
  unenrolled: 'Left management',
};

export function managementName(state: string): string {
  return managementStates[state] ?? state;
}
