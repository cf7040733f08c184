/** `npm run schema`: writes what is made from the plan language. A test says when it is stale. */
import { writeFileSync } from 'node:fs';
import { language } from '../src/language.ts';
import { planJsonSchemaText } from '../src/plan/json-schema.ts';
import { planReference } from '../src/plan/reference.ts';

const files = {
  'plans/plan.schema.json': planJsonSchemaText(language),
  'docs/plan-reference.md': planReference(language),
};

for (const [path, text] of Object.entries(files)) {
  writeFileSync(new URL(`../${path}`, import.meta.url), text);
  process.stdout.write(`${path}\n`);
}
