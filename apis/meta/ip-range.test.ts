import { describe, expect, it } from 'vitest';
import { contains, overlaps, parseIpAddress, parseIpRange } from './ip-range.ts';

const range = (text: string) => {
  const parsed = parseIpRange(text);
  if (typeof parsed === 'string') throw new Error(`${text} ${parsed}`);
  return parsed;
};

describe('a range that someone wrote', () => {
  it.each([
    ['10.244.0.0/16', '10.244.0.0/16'],
    ['255.255.255.255/32', '255.255.255.255/32'],
    ['0.0.0.0/1', '0.0.0.0/1'],
    ['fd00:10:244::/56', 'fd00:10:244::/56'],
    ['FD00:0010:0244:0000::/56', 'fd00:10:244::/56'],
    ['::1/128', '::1/128'],
    ['64:ff9b::192.0.2.0/120', '64:ff9b::c000:200/120'],
  ])('%s is understood, and has one text however it was written', (text, canonical) => {
    expect(parseIpRange(text)).toMatchObject({ text: canonical });
  });

  it.each([
    ['10.244.0.0', 'is no range: it lacks a prefix length, such as 10.244.0.0/16'],
    ['', 'is no range: it lacks a prefix length, such as 10.244.0.0/16'],
    ['10.244.0/16', 'is no range such as 10.244.0.0/16 or fd00:10:244::/56'],
    ['010.0.0.0/8', 'is no range such as 10.244.0.0/16 or fd00:10:244::/56'],
    [' 10.0.0.0/8', 'is no range such as 10.244.0.0/16 or fd00:10:244::/56'],
    ['fe80::%eth0/64', 'is no range such as 10.244.0.0/16 or fd00:10:244::/56'],
    ['10.0.0.0/33', 'has a prefix length that is not a number from 1 to 32'],
    ['10.0.0.0/08', 'has a prefix length that is not a number from 1 to 32'],
    ['10.0.0.0/8/9', 'has a prefix length that is not a number from 1 to 32'],
    ['10.0.0.0/', 'has a prefix length that is not a number from 1 to 32'],
    ['fd00::/129', 'has a prefix length that is not a number from 1 to 128'],
    ['10.244.3.0/16', 'has bits set behind its prefix: the range is 10.244.0.0/16'],
    ['fd00::1/64', 'has bits set behind its prefix: the range is fd00::/64'],
    ['::ffff:10.0.0.0/104', 'is IPv4 written as IPv6: write 10.0.0.0/8'],
    ['::ffff:a00:0/104', 'is IPv4 written as IPv6: write 10.0.0.0/8'],
    ['0.0.0.0/0', 'holds every address there is'],
    ['::/0', 'holds every address there is'],
  ])('%j is refused, with what would do', (text, why) => {
    expect(parseIpRange(text)).toBe(why);
  });
});

describe('an address that a cluster shows', () => {
  it.each([
    ['10.0.0.7', '10.0.0.7/32'],
    ['fd00::7', 'fd00::7/128'],
    ['::ffff:10.0.0.7', '10.0.0.7/32'],
  ])('%s is the range that holds nothing else', (text, canonical) => {
    expect(parseIpAddress(text)).toMatchObject({ text: canonical });
  });

  it.each(['10.0.0', 'node-1', '', '10.0.0.7/32', 'fe80::1%eth0'])('%j is none', (text) => {
    expect(parseIpAddress(text)).toBe('is no IP address');
  });
});

describe('two ranges', () => {
  it.each([
    ['10.0.0.0/8', '10.244.0.0/16', true],
    ['10.244.0.0/16', '10.0.0.0/8', true],
    ['10.244.0.0/16', '10.245.0.0/16', false],
    ['10.0.0.0/8', 'fd00::/8', false],
    ['::/8', '0.0.0.0/8', false],
  ])('%s and %s overlap: %s', (a, b, expected) => {
    expect(overlaps(range(a), range(b))).toBe(expected);
  });

  it('the wider one contains the other, never the other way round', () => {
    expect(contains(range('10.0.0.0/8'), range('10.1.0.0/16'))).toBe(true);
    expect(contains(range('10.1.0.0/16'), range('10.0.0.0/8'))).toBe(false);
    expect(contains(range('fd00::/8'), range('10.1.0.0/16'))).toBe(false);
  });
});
