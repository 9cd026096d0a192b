import { setTimeout as sleep } from 'node:timers/promises';
import type { FleetReplica } from '../../support/processes/fleet.ts';
import { heapAfterCollection } from '../../support/processes/inspected-heap.ts';
import { residentBytes } from '../../support/processes/resident-memory.ts';
import { createCrew, pick, type Sailor } from '../crew.ts';
import { judge } from '../judge.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import { type EventStreamClient, openEventStream } from '../unread-streams.ts';

const CLIENTS = 50;
const TENANTS = 10;
/** Each answer is some 37 KB. */
const READ_ANSWERS = 40;
/** Together far more than any buffer between the two takes. */
const MOST_ANSWERS = 600;
const MB = 1_048_576;
const MOST_MB = 30;
const ENDED_MS = 2000;

export const stalledClients: Scenario = Object.freeze({
  number: '9b',
  title: '50 clients keep their event streams open, ask for long answers and read none of them',
  expected: 'the replica never holds more than 30 MB for all of them, and all are closed',
  fleet: { replicas: 1, inspect: true },
  async run(fleet, context) {
    const [replica] = fleet.replicas;
    if (replica === undefined) throw new Error('A fleet without a replica');
    const crew = await createCrew(fleet, 'stalled', TENANTS);
    await readAll(replica, crew, context);
    const before = await heldMb(replica);
    const clients = await openAll(replica, crew);
    for (const client of clients) client.stopReading();
    const seen = await stall(replica, clients, context);
    const endings = await Promise.all(clients.map((client) => client.isEnded(context.withinMs(ENDED_MS))));
    for (const client of clients) client.hangUp();
    const most = Math.max(...seen.map(({ resident }) => resident));
    return judge(
      [
        { what: 'MB more in memory than before, at the most', value: most - before.resident, most: MOST_MB },
        { what: `of ${CLIENTS} connections closed`, value: endings.filter(Boolean).length, least: CLIENTS },
        { what: 'looks at the memory while some were stalled', value: seen.length, least: 3 },
      ],
      {
        clients: CLIENTS,
        answersRead: READ_ANSWERS,
        before,
        seen,
        unreadMostMb: Math.max(...seen.map(({ unread }) => unread)),
      },
    );
  },
} satisfies Scenario);

/** Clients that read: code is compiled, and the heap has its usual size. */
async function readAll(replica: FleetReplica, crew: readonly Sailor[], { short, say }: ScenarioContext): Promise<void> {
  const clients = await openAll(replica, crew);
  for (let asked = 0; asked < READ_ANSWERS / (short ? 4 : 1); asked += 1) {
    await Promise.all(clients.map((client) => client.askMuch()));
  }
  say(`${CLIENTS} that read have read`);
  for (const client of clients) client.hangUp();
  await sleep(1000);
}

const openAll = (replica: FleetReplica, crew: readonly Sailor[]): Promise<readonly EventStreamClient[]> =>
  Promise.all(Array.from({ length: CLIENTS }, (_unused, at) => openEventStream(replica.url(), pick(crew, at))));

/** Each asks for one answer more, in step, until all streams are ended; looks at the memory whenever something is unread. */
async function stall(
  replica: FleetReplica,
  clients: readonly EventStreamClient[],
  { say }: ScenarioContext,
): Promise<readonly Held[]> {
  const seen: Held[] = [];
  let open = clients;
  for (let asked = 1; asked <= MOST_ANSWERS && open.length > 0; asked += 1) {
    const stillOpen = await Promise.all(open.map((client) => client.askMuch()));
    open = open.filter((_client, at) => stillOpen[at]);
    if ((await unreadMb(replica)) === 0) continue;
    seen.push(await heldMb(replica));
    say(`${asked} answers each: ${open.length} streams, ${seen.at(-1)?.resident.toFixed(0)} MB`);
  }
  return seen;
}

/** In MB: what the system counts for the process, after garbage was collected; and what waits in streams for clients. */
type Held = { readonly resident: number; readonly heap: number; readonly unread: number };

async function heldMb(replica: FleetReplica): Promise<Held> {
  if (replica.inspectPort === undefined) throw new Error('A replica that lets no inspector in');
  const unread = await unreadMb(replica);
  const heap = (await heapAfterCollection(replica.inspectPort)) / MB;
  return { resident: (await residentBytes(replica.pid())) / MB, heap, unread };
}

async function unreadMb(replica: FleetReplica): Promise<number> {
  const text = await (await fetch(`${replica.url()}/metrics`, { signal: AbortSignal.timeout(10_000) })).text();
  const found = /^gateway_stream_unread_bytes (?<bytes>\d+)/mu.exec(text)?.groups?.['bytes'];
  if (found === undefined) throw new Error('The metrics do not tell what is unread');
  return Number(found) / MB;
}
