/** `3 d 4 h`, `12 min`, `now`: as much as a person wants to know. @param seconds not negative */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min`;
  if (s < 86_400) return `${Math.floor(s / 3_600)} h ${Math.floor((s % 3_600) / 60)} min`;
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3_600)} h`;
}

/** @param at RFC 3339, or milliseconds */
export function ago(at: string | number, now: number): string {
  const seconds = (now - (typeof at === 'number' ? at : Date.parse(at))) / 1_000;
  if (Number.isNaN(seconds)) return '';
  return seconds < 5 ? 'just now' : `${duration(seconds).split(' ').slice(0, 2).join(' ')} ago`;
}

/** 12:03:04 of the reader's own day; with the date where it is another one. */
export function clockTime(at: string | number, now: number): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return '';
  const clock = time.toLocaleTimeString('en-GB');
  return time.toDateString() === new Date(now).toDateString()
    ? clock
    : `${time.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${clock}`;
}

export function count(number: number): string {
  return number.toLocaleString('en-US');
}

/** `1 cluster`, `2 clusters`. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}
