#!/usr/bin/env node

// One image for all. Each is loaded alone: a probe, or a keeper of routes, runs on every node that it is wanted on, and is to take no memory for a
// controller.
if (process.argv[2] === 'probe') await import('./network/probe/main.ts');
else if (process.argv[2] === 'routes') await import('./network/node-routes/main.ts');
else await import('./controller-program.ts');
