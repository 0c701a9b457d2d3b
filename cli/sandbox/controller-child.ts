/**
 * The controller as a sandbox runs it: `fedmesh-controller`, which ends when the sandbox does, however that one ended. The
 * channel between both breaks in every case.
 */
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
await import('../../controller/main.ts');

export {};
