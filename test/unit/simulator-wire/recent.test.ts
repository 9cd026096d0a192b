import { expect, it } from 'vitest';
import { createRecent } from '../../../src/simulator/recent.ts';

it('keeps the newest, in order, and says how many it forgot', () => {
  const recent = createRecent<number>(3);
  expect(recent.read()).toEqual({ items: [], forgotten: 0 });
  for (let item = 1; item <= 20; item += 1) {
    recent.add(item);
    const { items, forgotten } = recent.read();
    expect(items).toEqual([item - 2, item - 1, item].filter((kept) => kept > 0));
    expect(forgotten).toBe(Math.max(0, item - 3));
  }
  for (let item = 21; item <= 120; item += 1) recent.add(item);
  expect(recent.read()).toEqual({ items: [118, 119, 120], forgotten: 117 });
  recent.clear();
  expect(recent.read()).toEqual({ items: [], forgotten: 0 });
});
