import type { Preview } from '../model/preview.ts';

/** A preview as JSON, for programs and archives: two spaces, every object of the Backup. */
export function previewJson(preview: Preview): string {
  return JSON.stringify(preview, undefined, 2);
}
