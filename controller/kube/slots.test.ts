import { expect, it } from 'vitest';
import { Slots } from './slots.ts';

it('gives out its places in order, and each again when it is given back', () => {
  const slots = new Slots(2);
  const entered: number[] = [];
  for (const n of [1, 2, 3, 4]) slots.take(() => entered.push(n));
  expect(entered).toEqual([1, 2]);
  slots.release();
  slots.release();
  expect(entered).toEqual([1, 2, 3, 4]);
  slots.release();
  slots.take(() => entered.push(5));
  expect(entered).toEqual([1, 2, 3, 4, 5]);
});

it('passes over who went away', () => {
  const slots = new Slots(1);
  const entered: number[] = [];
  slots.take(() => entered.push(1));
  const leave = slots.take(() => entered.push(2));
  slots.take(() => entered.push(3));
  leave();
  slots.release();
  expect(entered).toEqual([1, 3]);
});
