#!/usr/bin/env node
// Plain old JavaScript on purpose: it must be able to say on any Node why it does not run there.
import { existsSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    'rekindle needs Node 22.19 or newer and this is ' +
      process.version +
      ': in a checkout call `npm run rekindle -- …` or `npx rekindle …`, elsewhere install Node 24\n',
  );
  process.exitCode = 2;
} else {
  const source = new URL('../src/cli/main.ts', import.meta.url);
  const built = new URL('../dist/src/cli/main.js', import.meta.url);
  const { main } = await import((existsSync(source) ? source : built).href);
  process.exitCode = await main(process.argv.slice(2));
}
