import { execute, type Finished, output } from './execute.ts';

/** A network namespace: a machine, or a pod, as far as the network is concerned. */
export class Namespace {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** Runs a short command in it, to its end. */
  execute(command: string, args: readonly string[], stdin = ''): Promise<Finished> {
    return execute('ip', ['netns', 'exec', this.name, command, ...args], stdin);
  }

  /** What a command printed that has to succeed. */
  output(command: string, args: readonly string[], stdin = ''): Promise<string> {
    return output('ip', ['netns', 'exec', this.name, command, ...args], stdin);
  }

  /** Commands of `ip`, one a line; the first that fails ends them. */
  async ip(...lines: readonly string[]): Promise<void> {
    await output('ip', ['-n', this.name, '-batch', '-'], `${lines.join('\n')}\n`);
  }

  /** What is written in the language of `nft`, as one transaction. */
  async nft(text: string): Promise<void> {
    await this.output('nft', ['-f', '-'], text);
  }

  /** @param settings by their names below `net` */
  async sysctl(settings: Readonly<Record<string, string | number>>): Promise<void> {
    const words = Object.entries(settings).map(([name, value]) => `net.${name}=${value}`);
    await this.output('sysctl', ['-qw', ...words]);
  }
}
