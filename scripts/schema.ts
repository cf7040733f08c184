/** `npm run schema`: writes what is made from the plan language and from the shape of a report. Tests say when it is stale. */
import { writeFileSync } from 'node:fs';
import { language } from '../src/language.ts';
import { planJsonSchemaText } from '../src/plan/json-schema.ts';
import { planReference } from '../src/plan/reference.ts';
import { reportJsonSchemaText } from '../src/report/schema.ts';

const files = {
  'plans/plan.schema.json': planJsonSchemaText(language),
  'docs/plan-reference.md': planReference(language),
  'docs/report.schema.json': reportJsonSchemaText(),
};

for (const [path, text] of Object.entries(files)) {
  writeFileSync(new URL(`../${path}`, import.meta.url), text);
  process.stdout.write(`${path}\n`);
}
