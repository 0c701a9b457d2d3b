#!/usr/bin/env node

// One image for both. Each is loaded alone: a probe runs on every node that it is wanted on, and is to take no memory for a controller.
if (process.argv[2] === 'probe') await import('./network/probe/main.ts');
else await import('./controller-program.ts');
