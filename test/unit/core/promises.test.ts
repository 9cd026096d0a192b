import { describe, expect, it } from 'vitest';
import { abortable } from '../../../src/core/abortable.ts';
import { createSingleFlight } from '../../../src/core/single-flight.ts';

describe('abortable', () => {
  it('passes the outcome on, and the reason when the signal comes first', async () => {
    const signal = new AbortController().signal;
    await expect(abortable(Promise.resolve(1), signal)).resolves.toBe(1);
    await expect(abortable(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
    const leaving = new AbortController();
    const waiting = abortable(new Promise(() => {}), leaving.signal);
    leaving.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
    await expect(abortable(Promise.reject(new Error('late')), leaving.signal)).rejects.toThrow('left');
  });
});

describe('single flight', () => {
  it('runs one work per key at a time and remembers nothing after it', async () => {
    const flight = createSingleFlight<number>();
    let runs = 0;
    const work = async () => (runs += 1);
    expect(await Promise.all([flight('a', work), flight('a', work), flight('b', work)])).toEqual([1, 1, 2]);
    expect(await flight('a', work)).toBe(3);
  });

  it('shares a failure and then tries again', async () => {
    const flight = createSingleFlight<number>();
    const fail = () => Promise.reject(new Error('down'));
    const both = await Promise.allSettled([flight('a', fail), flight('a', fail)]);
    expect(both.map((one) => one.status)).toEqual(['rejected', 'rejected']);
    expect(await flight('a', async () => 7)).toBe(7);
  });
});
