import { expect, it } from 'vitest';
import { createLockQueue } from '../../../src/storage/lock-queue.ts';

it('runs works of one name one after the other, in order of arrival', async () => {
  const inTurn = createLockQueue();
  const steps: string[] = [];
  const work =
    (name: string, isFailing = false) =>
    async (): Promise<string> => {
      steps.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      steps.push(`${name} ends`);
      if (isFailing) throw new RangeError(name);
      return name;
    };
  const ended = await Promise.allSettled([
    inTurn('lock', work('one')),
    inTurn('lock', work('two', true)),
    inTurn('lock', work('three')),
  ]);
  expect(ended.map((end) => (end.status === 'fulfilled' ? end.value : String(end.reason)))).toEqual([
    'one',
    'RangeError: two',
    'three',
  ]);
  expect(steps).toEqual(['one', 'two', 'three'].flatMap((name) => [`${name} begins`, `${name} ends`]));
});

it('lets works of different names run together', async () => {
  const inTurn = createLockQueue();
  const held = Promise.withResolvers<void>();
  const holding = inTurn('one', () => held.promise);
  expect(await inTurn('two', async () => 'free')).toBe('free');
  held.resolve();
  await holding;
});

it('runs a work at once when all earlier ones have ended', async () => {
  const inTurn = createLockQueue();
  await inTurn('lock', async () => {});
  await new Promise((resolve) => setImmediate(resolve));
  let hasBegun = false;
  void inTurn('lock', async () => {
    hasBegun = true;
  });
  expect(hasBegun).toBe(true);
});
