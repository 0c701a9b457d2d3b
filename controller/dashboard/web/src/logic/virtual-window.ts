/** Which rows of many are in the document, and where. Lengths are CSS pixels. */
export interface VirtualWindow {
  readonly first: number;
  /** One beyond the last. */
  readonly end: number;
  /** Of the first row from the top of what is scrolled. */
  readonly top: number;
  /** Of what is scrolled. */
  readonly height: number;
}

export interface Scrolled {
  readonly total: number;
  readonly rowHeight: number;
  readonly viewport: number;
  readonly scrollTop: number;
}

/** Rows beyond the edge on either side, so that a step of the wheel shows no gap. */
const MARGIN = 6;

/** Browsers stop laying out at 17 million pixels; beyond this a pixel of scrolling passes more than a pixel of rows. */
export const TALLEST = 8_000_000;

export function virtualWindow({ total, rowHeight, viewport, scrollTop }: Scrolled): VirtualWindow {
  const whole = total * rowHeight;
  const height = Math.min(whole, TALLEST);
  const scrollable = Math.max(0, height - viewport);
  const scrolled = Math.min(Math.max(0, scrollTop), scrollable);
  // What is passed of all the rows: the same as scrolled, unless they are higher than the browser can lay out.
  const passed = scrollable === 0 ? 0 : (scrolled / scrollable) * (whole - viewport);
  const first = Math.max(0, Math.floor(passed / rowHeight) - MARGIN);
  const end = Math.min(total, Math.ceil((passed + viewport) / rowHeight) + MARGIN);
  return { first: Math.min(first, end), end, top: scrolled + first * rowHeight - passed, height };
}

/** Where to scroll to so that a row is whole in sight; where it is, nothing moves. */
export function scrollTopFor(row: number, { total, rowHeight, viewport, scrollTop }: Scrolled): number {
  const whole = total * rowHeight;
  const scrollable = Math.max(0, Math.min(whole, TALLEST) - viewport);
  const beyond = Math.max(0, whole - viewport);
  if (scrollable === 0 || beyond === 0) return 0;
  const passed = (Math.min(scrollTop, scrollable) / scrollable) * beyond;
  const top = row * rowHeight;
  const bottom = top + rowHeight - viewport;
  const wanted = Math.min(top, Math.max(bottom, passed));
  return (Math.min(Math.max(0, wanted), beyond) / beyond) * scrollable;
}

/** The pages of `size` rows that a window needs, by number. */
export function pagesOf({ first, end }: Pick<VirtualWindow, 'first' | 'end'>, size: number): number[] {
  const start = Math.floor(first / size);
  const last = Math.ceil(end / size);
  return Array.from({ length: Math.max(0, last - start) }, (_, index) => start + index);
}
