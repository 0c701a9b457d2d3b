import type { Output } from '../context.ts';

const HOME = '\u001b[H';
const ERASE_TO_END_OF_LINE = '\u001b[K';
const ERASE_BELOW = '\u001b[J';
const ERASE_ALL = '\u001b[2J';

export function eraseScreen(output: Output): void {
  output.write(ERASE_ALL);
}

/** Puts text where the last one stood, cut to the terminal. */
export function drawScreen(output: Output, text: string): void {
  const lines = text.split('\n');
  const visible = lines.slice(0, output.rows - 1);
  if (visible.length < lines.length) visible.push('… (the terminal has no more lines)');
  output.write(`${HOME}${visible.map((line) => line + ERASE_TO_END_OF_LINE).join('\n')}${ERASE_BELOW}`);
}
