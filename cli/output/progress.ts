import type { CliContext } from '../context.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
const ERASE_LINE = '\r\u001b[K';

/** What a command tells while it works: a plain line per finished step everywhere, a moving line in between on a terminal only. */
export interface Progress {
  /** One finished step. Goes to stdout, or to stderr where stdout holds JSON or YAML. */
  line(text: string): void;
  /** Something the person should know although all goes on. Always on stderr. */
  warn(text: string): void;
  /** Shows `what` while `work` runs; a function is asked again each time. Nothing of it remains on the screen. */
  during<T>(what: string | (() => string), work: () => Promise<T>): Promise<T>;
}

export function createProgress(context: CliContext, options: { structuredOutput?: boolean } = {}): Progress {
  const results = options.structuredOutput === true ? context.stderr : context.stdout;
  const moving = context.stderr.isTTY && context.options.verbosity === 0;
  let frame = 0;
  let shown: string | (() => string) | undefined;

  const draw = () => {
    if (shown === undefined) return;
    const what = typeof shown === 'string' ? shown : shown();
    const text = [...`${FRAMES[frame % FRAMES.length]} ${what}`].slice(0, context.stderr.columns - 1).join('');
    context.stderr.write(`${ERASE_LINE}${text}`);
  };
  const erase = () => {
    if (shown !== undefined) context.stderr.write(ERASE_LINE);
  };

  return {
    line(text) {
      erase();
      results.write(`${text}\n`);
      draw();
    },
    warn(text) {
      erase();
      context.stderr.write(`warning: ${text}\n`);
      draw();
    },
    async during(what, work) {
      if (!moving) return work();
      const outer = shown;
      shown = what;
      let cancel = () => {};
      const tick = () => {
        draw();
        frame += 1;
        cancel = context.clock.after(FRAME_MS, tick);
      };
      tick();
      try {
        return await work();
      } finally {
        cancel();
        erase();
        shown = outer;
      }
    },
  };
}
