import { beforeEach, describe, expect, test } from 'vitest';
import type { Clock } from '../time/clock.ts';
import { Attendance } from './attendance.ts';

let now: number;
let attendance: Attendance;
const clock: Clock = { now: () => now, monotonic: () => now, after: () => () => undefined };

beforeEach(() => {
  now = 1_000_000;
  attendance = new Attendance({ returnDelayMs: 20_000, evictionDelayMs: 60_000, clock });
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

test('a member that was away before the controller started has no time added by the start', () => {
  attendance.observe('earth', 'unknown');
  attendance.observe('earth', 'notReady', now - 50_000);
  expect(attendance.verdict('earth', true)).toEqual({ counts: true, inMs: 10_000 });
  now += 10_000;
  expect(attendance.verdict('earth', true)).toEqual({ counts: false });
});

test('what the host says counts for nothing once a member was seen ready, nor when it lies in the future', () => {
  attendance.observe('earth', 'ready');
  attendance.observe('earth', 'notReady', now - 50_000);
  expect(attendance.verdict('earth', true)).toEqual({ counts: true, inMs: 60_000 });
  attendance.observe('vulcan', 'notReady', now + 5_000);
  expect(attendance.verdict('vulcan', true)).toEqual({ counts: true, inMs: 60_000 });
});

test('a member that comes and goes keeps its replicas elsewhere until it has stayed', () => {
  attendance.observe('earth', 'ready');
  attendance.observe('earth', 'notReady');
  now += 60_000;
  for (let flap = 0; flap < 5; flap += 1) {
    attendance.observe('earth', 'ready');
    now += 19_000;
    expect(attendance.verdict('earth', false)).toEqual({ counts: false, inMs: 1_000 });
    attendance.observe('earth', 'notReady');
    now += 1_000;
    expect(attendance.verdict('earth', false)).toEqual({ counts: false });
  }
  attendance.observe('earth', 'ready');
  now += 20_000;
  expect(attendance.verdict('earth', false)).toEqual({ counts: true });
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
