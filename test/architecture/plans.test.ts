import { describe, expect, it } from 'vitest';
import { filesInGit } from './files.ts';
import { run } from './rekindle.ts';

/** Every plan of this project: the folder's own files are plans, folders below `examples` hold what plans refer to. */
const plans = filesInGit().filter((file) => /^plans\/(examples\/)?[^/]+\.yaml$/.test(file));

describe('the plans of this project', () => {
  it('are there', () => {
    expect(plans).toContain('plans/bookstore.yaml');
  });

  it.each(plans)('%s is valid', (file) => {
    expect(run(['validate', file])).toMatchObject({ code: 0 });
  });
});
