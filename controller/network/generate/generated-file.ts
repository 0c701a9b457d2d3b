/** First words of every generated file, by which it is known again. */
export const MADE_BY = 'Made by `fedctl generate';

export interface GeneratedFile {
  /** Relative to the folder that is asked for, with `/`. */
  readonly path: string;
  readonly text: string;
  /** 0o755 for what is run, 0o600 for what holds a secret. */
  readonly mode: number;
}

export const SCRIPT = 0o755;
export const PLAIN = 0o644;
export const SECRET = 0o600;

/** A comment that says whose file it is; `#` begins a comment in all that is generated. */
export function madeBy(command: string, about: string): string {
  // A name with a line break would end the comment.
  return `# ${MADE_BY} ${command}\`: ${about.replace(/\p{Cc}+/gu, ' ')}\n# Changes made here are lost when it is made anew.\n`;
}

/** As part of a file's name: anything that a path or a shell may take for its own becomes a dash. */
export function fileName(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9._-]+/g, '-');
  return /^\.+$/.test(safe) ? safe.replaceAll('.', '-') : safe;
}
