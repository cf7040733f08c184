/** `npm run schema`: makes what is made from the plan language. A test says when they are stale. */
import { writeFile } from 'node:fs/promises';
import { language } from '../src/language.ts';
import { generated } from '../src/plan/generated.ts';

for (const [path, text] of Object.entries(await generated(language))) {
  await writeFile(new URL(`../${path}`, import.meta.url), text);
  process.stdout.write(`${path}\n`);
}
