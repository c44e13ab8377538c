import type { BookOnDevice } from '../api/books.ts';
import { paths } from '../paths.ts';
import { ReasonCell } from '../status/status-cells.tsx';
import { RouterLink } from '../ui/links.tsx';
import { TwoLines } from '../ui/two-lines.tsx';

const words: Readonly<Record<BookOnDevice['state'], string>> = {
  blocked: 'Waits',
  commanded: 'Sent',
  installing: 'Installing',
  installed: 'Installed',
  failed: 'Failed',
  removed: 'Removed',
};

/** On which devices of the person the book is, and why not on the others. */
export function BookDevices({ devices }: { readonly devices: readonly BookOnDevice[] }) {
  if (devices.length === 0) return <span>—</span>;
  return (
    <div>
      {devices.map((device) => (
        <div key={device.deviceId}>
          <TwoLines
            aside={<RouterLink {...paths.device(device.deviceId)}>{device.name}</RouterLink>}
          >
            {words[device.state]}
          </TwoLines>
          {device.state !== 'installed' && <ReasonCell reason={device.reason} />}
        </div>
      ))}
    </div>
  );
}
