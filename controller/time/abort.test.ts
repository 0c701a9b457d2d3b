import { expect, it } from 'vitest';
import { onAbort, unlessAborted } from './abort.ts';

it('calls all who wait, once, and nobody who took it back', () => {
  const controller = new AbortController();
  const called: string[] = [];
  const takeBack = onAbort(controller.signal, () => called.push('taken back'));
  onAbort(controller.signal, () => called.push('one'));
  onAbort(controller.signal, () => called.push('two'));
  takeBack();
  takeBack();
  controller.abort();
  expect(called).toEqual(['one', 'two']);
});

it('keeps a single listener on a signal that thousands share', async () => {
  const controller = new AbortController();
  const warnings: Error[] = [];
  const listen = (warning: Error) => warnings.push(warning);
  process.on('warning', listen);
  let called = 0;
  for (let i = 0; i < 1000; i++) onAbort(controller.signal, () => called++);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', listen);
  controller.abort();
  expect([called, warnings]).toEqual([1000, []]);
});

it('gives up waiting for what may never come, and leaves it to others', async () => {
  const giveUp = new AbortController();
  let settle: (value: string) => void = () => undefined;
  const shared = new Promise<string>((resolve) => {
    settle = resolve;
  });
  const mine = unlessAborted(shared, giveUp.signal);
  const others = unlessAborted(shared, new AbortController().signal);
  giveUp.abort(new Error('stopped'));
  await expect(mine).rejects.toThrow('stopped');
  await expect(unlessAborted(shared, giveUp.signal)).rejects.toThrow('stopped');
  settle('came');
  expect(await others).toBe('came');
});
