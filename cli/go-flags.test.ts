import { Command } from 'commander';
import { expect, it } from 'vitest';
import { fromGo } from './go-flags.ts';

const program = new Command('fedctl').option('--dry-run').option('-v, --v <level>');
program.command('join').option('--error-on-existing').option('--secret-name <name>').option('--version <version>');
program.command('other').option('--secret-name');

it.each([
  ['join a -v=4 -o=json', 'join a -v 4 -o json'],
  ['join a --v=4 --alsologtostderr', 'join a --v=4'],
  ['--logtostderr=true --stderrthreshold INFO join --log_dir=/x --vmodule a=2 --log-file-max-size=1 a', 'join a'],
  ['join a --skip_headers --one_output=false --add_dir_header --log_backtrace_at x:1 --log_file f', 'join a'],
  ['join a --dry-run=true --error-on-existing=false', 'join a --dry-run'],
  ['join a --dry-run=0 --error_on_existing=1', 'join a --error-on-existing'],
  ['join a --dry-run=maybe', 'join a --dry-run=maybe'],
  ['join a --secret_name=a_b --secret-name=true', 'join a --secret-name=a_b --secret-name=true'],
  ['join -- --logtostderr -v=2', 'join -- --logtostderr -v=2'],
])('takes the command line of a script for kubefedctl: %s', (line, words) => {
  expect(fromGo(line.split(' '), program)).toEqual(words.split(' '));
});
