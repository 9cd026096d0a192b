import { decimal } from '../../src/core/decimal.ts';
import { isTerminal } from '../../src/broker/model/order.ts';
import { callOnce, confirm, lookUp } from './caller.ts';
import type { Life } from './life.ts';
import type { Side, Sim, Told, Wish } from './sim.ts';

const SPREAD_MS = 25_000;
const MOST_TRIES = 4;

/** What becomes of a wish: how its caller asks. */
type Manner = 'once' | 'raced' | 'repeated';

/** Lets callers wish for about `wanted` things; resolves when all of them have given up or are content. */
export async function makeWishes(sim: Sim, wanted: number): Promise<void> {
  const numbers = sim.chance.shuffled(Array.from({ length: wanted }, (_, at) => at + 1));
  await Promise.all(numbers.map((unique) => liveOut(sim, unique)));
}

async function liveOut(sim: Sim, unique: number): Promise<void> {
  const { chance, time } = sim;
  await time.sleep(chance.between(0, SPREAD_MS));
  const wish = draw(sim, unique);
  sim.counts.intents += 1;
  const manner =
    hasKey(wish) || needsConfirmation(wish)
      ? chance.pick<Manner>(['once', 'once', 'raced', 'repeated', 'repeated'])
      : 'once';
  if (needsConfirmation(wish) && !(await getConfirmed(sim, wish))) return;
  if (manner === 'raced') await race(sim, wish);
  else await insist(sim, wish, manner === 'repeated');
  if (hasKey(wish) && chance.is(0.2)) await repeatLater(sim, wish);
}

const hasKey = ({ clientOrderId, presented }: Wish): boolean => clientOrderId !== undefined || presented !== undefined;

/** By the plans of `world.ts`. */
const needsConfirmation = ({ kind, side, isOpening, quantity }: Wish): boolean =>
  (kind === 'place' || kind === 'complex') &&
  isOpening &&
  side.tenant.plan.confirm !== 'never' &&
  Number(quantity) >= 7;

function draw(sim: Sim, unique: number): Wish {
  const { chance, sides } = sim;
  const side = chance.pick(sides);
  const isComplex = chance.is(0.08);
  const isOpening = isComplex || chance.is(0.35);
  const target = chance.is(0.3) ? workingOrder(sim, side) : undefined;
  const alone = isComplex ? 'complex' : 'place';
  const kind = target === undefined ? alone : chance.pick<'replace' | 'cancel'>(['replace', 'cancel']);
  const isNamed = kind !== 'cancel' && chance.is(0.7);
  // Both tell apart: one order of a world from another is known by its quantity, a replacement by its price.
  const isSell = target === undefined ? !isOpening : target.isSell;
  const price = decimal(isSell ? (1050 + unique) / 100 : -(900 + unique) / 100);
  const followPrice = decimal((1100 + unique) / 100);
  const wish: Wish = {
    number: sim.wishes.length + 1,
    group: `wish-${sim.wishes.length + 1}`,
    side,
    kind,
    isOpening: !isSell,
    quantity: target?.quantity ?? decimal(unique),
    ...(kind === 'place' && chance.is(0.1) ? {} : { price }),
    ...(kind === 'complex' ? { followPrice } : {}),
    ...(isNamed ? { clientOrderId: `order-${unique}` } : {}),
    ...(target === undefined ? {} : { targetId: target.id }),
    dispatches: 0,
    taken: 0,
  };
  sim.wishes.push(wish);
  return wish;
}

function workingOrder({ desk, chance }: Sim, side: Side) {
  const working = desk.book.filter((held) => held.side === side && !isTerminal(held.status) && held.status === 'Live');
  const [first, ...others] = working;
  if (first === undefined) return undefined;
  const { order } = chance.pick([first, ...others]);
  const [leg] = order.legs;
  if (leg?.quantity === undefined) return undefined;
  return { id: order.id, quantity: leg.quantity, isSell: leg.action.startsWith('Sell') };
}

function up(sim: Sim): Life | undefined {
  const [first, ...others] = sim.replicas.filter((life) => life !== undefined);
  return first === undefined ? undefined : sim.chance.pick([first, ...others]);
}

async function getConfirmed(sim: Sim, wish: Wish): Promise<boolean> {
  for (let tries = 0; tries < 3; tries += 1) {
    const life = up(sim);
    const presented = life === undefined ? undefined : await confirm(sim, life, wish);
    if (presented !== undefined) {
      wish.presented = presented;
      return true;
    }
    await sim.time.sleep(sim.chance.between(500, 4000));
  }
  return false;
}

const hangUpIn = ({ chance }: Sim): number | undefined =>
  chance.is(0.15) ? chance.pick([chance.between(0, 500), chance.between(0, 25_000)]) : undefined;

/** The same call on several replicas at once. */
async function race(sim: Sim, wish: Wish): Promise<void> {
  const { chance, time } = sim;
  const many = chance.between(2, 3);
  sim.counts.racedCalls += many;
  const other = chance.is(0.15) ? rivalOf(sim, wish) : undefined;
  const runners = Array.from({ length: many }, async (_, at) => {
    await time.sleep(chance.is(0.5) ? 0 : chance.between(0, 300));
    const life = sim.replicas[at % sim.replicas.length] ?? up(sim);
    if (life === undefined) return;
    await callOnce(sim, life, at === 1 && other !== undefined ? other : wish, hangUpIn(sim));
  });
  await Promise.all(runners);
  if (chance.is(0.6)) await insist(sim, wish, true);
}

/** Another order under the same name or confirmation. */
function rivalOf(sim: Sim, wish: Wish): Wish {
  const rival: Wish = {
    ...wish,
    number: sim.wishes.length + 1,
    // A replacement keeps the quantity of its order.
    ...(wish.kind === 'place' || wish.kind === 'complex' ? { quantity: decimal(100 + sim.wishes.length) } : {}),
    ...(wish.price === undefined ? {} : { price: decimal(wish.isOpening ? '-8.5' : '12.5') }),
    dispatches: 0,
    taken: 0,
  };
  sim.wishes.push(rival);
  return rival;
}

const isContent = (told: Told): boolean =>
  (told.kind === 'result' && told.outcome !== 'unknown') || (told.kind === 'error' && FINAL.has(told.code));

const FINAL = new Set([
  'limit_exceeded',
  'invalid_input',
  'not_found',
  'client_order_id_taken',
  'confirmation_invalid',
]);

/** Calls again, mostly elsewhere, until there is an answer that says something, or the caller has had enough. */
async function insist(sim: Sim, wish: Wish, again: boolean): Promise<void> {
  const { chance, time } = sim;
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const life = up(sim);
    if (life !== undefined) {
      const { told, isHungUp } = await callOnce(sim, life, wish, hangUpIn(sim));
      if (told.kind === 'result' && told.outcome === 'unknown' && chance.is(0.5)) await lookUp(sim, life, told, wish);
      if (!again || (isContent(told) && !isHungUp)) return;
    }
    await time.sleep(chance.pick([chance.between(1, 500), chance.between(500, 12_000)]));
  }
}

/** As a model does that has lost an answer, or a thief who has found a confirmation. */
async function repeatLater(sim: Sim, wish: Wish): Promise<void> {
  const { chance, time } = sim;
  await time.sleep(chance.between(0, 20_000));
  const life = up(sim);
  if (life === undefined) return;
  const kind = chance.pick(['same', 'same', 'other order', 'other name']);
  if (kind === 'same') {
    await callOnce(sim, life, wish);
  } else if (kind === 'other order') {
    await callOnce(sim, life, rivalOf(sim, wish));
  } else if (wish.presented !== undefined) {
    const renamed: Wish = {
      ...wish,
      number: sim.wishes.length + 1,
      clientOrderId: `renamed-${wish.number}`,
      dispatches: 0,
      taken: 0,
    };
    sim.wishes.push(renamed);
    await callOnce(sim, life, renamed);
  }
}
