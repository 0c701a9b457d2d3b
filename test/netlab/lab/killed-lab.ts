import { Lab } from './lab.ts';

/** A lab of its own process: tells the id of a program in it, and waits to be killed. */
const lab = await Lab.open(`fmlab-${process.pid}`);
const running = lab.start(await lab.namespace('machine'), 'sleep', ['600']);
process.stdout.write(`${running.pid}\n`);
