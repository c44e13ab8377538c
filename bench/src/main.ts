import { associate } from './associate.ts';
import { checkin } from './checkin.ts';
import { notifications } from './notifications.ts';
import { push } from './push.ts';
import { reconcile } from './reconcile.ts';
import { sync } from './sync.ts';

/** One measurement: takes its options as strings, answers one JSON object. */
type Bench = (args: readonly string[]) => Promise<object>;

const benches: Readonly<Record<string, Bench>> = {
  associate,
  checkin,
  notifications,
  push,
  reconcile,
  sync,
};
const usage = `npm run bench -- NAME --json [options]

  associate  --devices 1000 --apps 20 --groups 1 --overlap 0 --apps-per-group 20 [--dump DIR]
             requests and pairs as Apple in a box received them
  checkin    --devices 500 --apps 20 --senders 12
             requests of devices a second, each of which stores a result and is handed a command, latency, memory
  notifications  --count 2000 --senders 8
             notifications of 100 licenses each a second, until every license is held, and until every install is planned
  push       --devices 10000
             seconds until every device of a fleet is woken, the server's processor time a push, memory
  reconcile  --devices 100000 --apps 50
             seconds of deciding everything, milliseconds of a single change, memory
  sync       --assignments 100000 --latency 50
             seconds and memory of reading every assignment
`;

const [name, ...args] = process.argv.slice(2);
const bench = name === undefined ? undefined : benches[name];
if (bench === undefined) {
  process.stdout.write(usage);
  process.exitCode = name === '--help' ? 0 : 1;
} else {
  const result = await bench(args.filter((arg) => arg !== '--json'));
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
