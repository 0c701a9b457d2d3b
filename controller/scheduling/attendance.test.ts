import { beforeEach, describe, expect, test } from 'vitest';
import type { Clock } from '../time/clock.ts';
import { Attendance } from './attendance.ts';

let now: number;
let attendance: Attendance;
const clock: Clock = { now: () => now, monotonic: () => now, after: () => () => undefined };

beforeEach(() => {
  now = 1_000_000;
  attendance = new Attendance({ availableDelayMs: 20_000, unavailableDelayMs: 60_000, clock });
});

describe('a member counts', () => {
  test('at once when it is ready the first time anybody looks', () => {
    attendance.observe('earth', 'unknown');
    attendance.observe('earth', 'ready');
    expect(attendance.verdict('earth', false)).toEqual({ counts: true });
  });

  test('while it is away for a short time, for what is placed there', () => {
    attendance.observe('earth', 'ready');
    attendance.observe('earth', 'notReady');
    now += 59_000;
    expect(attendance.verdict('earth', true)).toEqual({ counts: true, inMs: 1_000 });
    expect(attendance.verdict('earth', false)).toEqual({ counts: false });
    now += 1_000;
    expect(attendance.verdict('earth', true)).toEqual({ counts: false });
  });

  test('again only when it has stayed for a while', () => {
    attendance.observe('earth', 'notReady');
    attendance.observe('earth', 'ready');
    expect(attendance.verdict('earth', false)).toEqual({ counts: false, inMs: 20_000 });
    expect(attendance.verdict('earth', true)).toEqual({ counts: true });
    now += 20_000;
    expect(attendance.verdict('earth', false)).toEqual({ counts: true });
  });

  test('from its first absence on, however often it is looked at and connected anew', () => {
    attendance.observe('earth', 'notReady');
    now += 59_000;
    attendance.observe('earth', 'unknown');
    attendance.observe('earth', 'notReady');
    expect(attendance.verdict('earth', true)).toEqual({ counts: true, inMs: 1_000 });
  });
});

test('nobody is counted out before anybody has looked, for a while', () => {
  expect(attendance.verdict('earth', true)).toMatchObject({ counts: 'unknown' });
  attendance.observe('earth', 'unknown');
  expect(attendance.verdict('earth', true)).toMatchObject({ counts: 'unknown' });
  now += 10_000;
  expect(attendance.verdict('earth', true)).toEqual({ counts: true, inMs: 60_000 });
  expect(attendance.verdict('earth', false)).toEqual({ counts: false });
});

test('a member that left and joins again is a new one', () => {
  attendance.observe('earth', 'notReady');
  attendance.forget('earth');
  attendance.observe('earth', 'ready');
  expect(attendance.verdict('earth', false)).toEqual({ counts: true });
});
