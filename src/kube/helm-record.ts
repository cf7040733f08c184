/** Helm's note of one revision of a release. */
export interface HelmRecord {
  readonly release: string;
  readonly revision: number;
  /** Helm's word: `deployed`, `failed`, `pending-upgrade`, …; empty where the note has none. */
  readonly status: string;
}

/**
 * Reads a Secret's or ConfigMap's name and labels as Helm's record of a release; undefined when it is none. Their content is
 * never needed: it is up to 1 MB of manifests and values. Source: Helm 3.19, pkg/storage/driver/secrets.go newSecretsObject,
 * pkg/storage/storage.go makeKey; pkg/release/status.go.
 */
export function helmRecordOf(
  name: string,
  labels: { readonly [key: string]: string } | undefined,
): HelmRecord | undefined {
  const [, release, revision] = /^sh\.helm\.release\.v1\.(.+)\.v(\d+)$/u.exec(name) ?? [];
  if (release === undefined || labels?.['owner'] !== 'helm') return undefined;
  return { release, revision: Number(revision), status: labels['status'] ?? '' };
}
