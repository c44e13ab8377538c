import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startAppleSimulator } from '@allotment/apple-simulator';
import { Allotment } from './allotment.ts';
import { Apple } from './apple.ts';
import { DemoAuthority } from './certificates.ts';
import { JsonClient, until } from './http.ts';
import { live } from './life.ts';
import { type DemoOptions, readOptions, usage } from './options.ts';
import { logisticsCompany, schoolDistrict } from './organization.ts';
import { ServerProcess, freePort } from './server-process.ts';
import { report } from './report.ts';
import { look } from './seen.ts';
import { serverEnv } from './server-env.ts';
import type { Scene } from './scene.ts';
import { tellStory } from './story.ts';
import { Traffic } from './traffic.ts';

const killedPatienceMs = 12 * 60_000;
/** What devices take at most from a command to an installed app, in simulated time. */
const longestInstallMs = 60 * 60_000;
/** What each device adds where many are on one machine, with the server and everything at Apple. */
const msADevice = 400;

/** The exit code of a program that somebody stopped with Ctrl-C. */
const stopped = 130;

const options = readOptions(process.argv.slice(2));
if (options === undefined) process.stdout.write(usage);
else {
  process.exitCode = await run(options);
  // The story was left where it was: nothing waits for its end.
  if (process.exitCode === stopped) process.exit();
}

/** Sets the stage, tells the story, and takes everything down again. */
async function run(options: DemoOptions): Promise<number> {
  const startedAt = performance.now();
  const say = (line: string): void => {
    process.stderr.write(
      `${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}\n`,
    );
  };
  const folder = await mkdtemp(join(tmpdir(), 'allotment-demo-'));
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const authority = await DemoAuthority.create(new Date());
  const traffic = Traffic.open(options.schemas);
  const simulator = await startAppleSimulator({
    watch: traffic && ((exchange) => traffic.watch(exchange)),
    tls: await authority.issue('Apple in a box', new Date()),
    trust: authority.pem,
    speed: options.speed,
    seed: options.seed,
  });
  const port = options.port === 0 ? await freePort() : options.port;
  const url = `https://localhost:${port}`;
  const server = new ServerProcess(
    await serverEnv(folder, authority, simulator, port, url),
    (line) => process.stderr.write(`        ${line}\n`),
  );
  const [web, controls] = [
    new JsonClient(url, authority.pem),
    new JsonClient(simulator.url, authority.pem),
  ];
  try {
    server.start();
    const secret = await until('the sign-in link', 60_000, async () => {
      if (!server.running) throw new Error('The server ended before it was ready.');
      return server.signInSecret;
    });
    const allotment = new Allotment(web);
    await allotment.becomeAdministrator(secret);
    const school = Math.ceil(options.devices * 0.75);
    const organizations = [schoolDistrict(school), logisticsCompany(options.devices - school)];
    const patienceMs =
      longestInstallMs / options.speed +
      options.devices * msADevice +
      (options.kill === 0 ? 0 : killedPatienceMs);
    const apple = new Apple(controls);
    const scene: Scene = { allotment, apple, organizations, say, patienceMs };
    say(`Apple in a box at ${simulator.url}, Allotment at ${url}`);
    const kill = async (times: number): Promise<void> =>
      killNowAndThen(server, allotment, times, stop.signal, say);
    const killing = [kill(Math.floor(options.kill / 3))];
    const told = await Promise.race([
      tellStory(scene, () => {
        killing.push(kill(options.kill - Math.floor(options.kill / 3)));
      }),
      aborted(stop.signal),
    ]);
    await Promise.all(killing);
    await scene.allotment.ready();
    const result = report(await look(scene, told, traffic?.report()), startedAt);
    for (const check of result.checks)
      say(
        `${check.ok ? 'ok  ' : 'FAIL'} ${check.name}${check.saw === undefined ? '' : ` — saw ${check.saw}`}`,
      );
    if (result.mdm !== null)
      say(
        `${result.mdm.checkins} check-ins, ${result.mdm.commands} commands and ${result.mdm.answers} answers held against Apple’s schemas, ${result.mdm.departures.length} departures`,
      );
    if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    if (!options.headless)
      await live(scene, { url, folder, simulatorUrl: simulator.url }, stop.signal);
    return result.checks.every((check) => check.ok) ? 0 : 1;
  } catch (error) {
    if (stop.signal.aborted) return stopped;
    say(`FAIL ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return 1;
  } finally {
    stop.abort();
    await server.stop();
    await Promise.all([web.close(), controls.close()]);
    await simulator.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Rejects when somebody ends the demo. */
async function aborted(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted();
  await once(signal, 'abort');
  throw signal.reason;
}

/** Kills the server at random moments of the story, now and then while it is starting; the story must not notice. */
async function killNowAndThen(
  server: ServerProcess,
  allotment: Allotment,
  kills: number,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<void> {
  for (let kill = 1; kill <= kills && !signal.aborted; kill += 1) {
    if (Math.random() > 0.25) await allotment.ready();
    await pause(200 + Math.random() * 4000);
    await server.killAndRestart();
    say(`killed the server (${kill})`);
  }
}
