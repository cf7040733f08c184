import type { FindingReport } from '../../model/report.ts';
import { targetImages } from '../mapped.ts';
import { type Family, few, restoredOf, type Survey, warn } from '../survey.ts';

/**
 * Registries that the restored workloads pull from. Whether one answers cannot be asked from here; that a node of this cluster
 * has an image of it shows that it did.
 */
export const images: Family = { name: 'images', judge };

function judge(survey: Survey): readonly FindingReport[] {
  const { live, plan } = survey;
  if (live.nodes.length === 0 && live.pods.length === 0) return [];
  const seen = new Set([
    ...live.nodes.flatMap((node) => node.images.map(registryOf)),
    ...live.pods.flatMap((pod) => (pod.running ? pod.images.map(registryOf) : [])),
  ]);
  const wanted = new Map<string, Set<string>>();
  for (const assigned of restoredOf(survey))
    for (const image of targetImages(plan, assigned)) {
      const registry = registryOf(image);
      if (seen.has(registry)) continue;
      wanted.set(registry, (wanted.get(registry) ?? new Set()).add(image));
    }
  return Array.from(wanted, ([registry, list]) =>
    warn(
      'RegistryNotSeen',
      `images of the Backup come from ${registry} (${few([...list], 3)}), from which no node of this cluster has pulled anything yet; whether it can be reached was not tried: make sure that the nodes reach it and may log in, or map the images to a registry that they do (imageMapping)`,
    ),
  );
}

/** The host of an image's registry; Docker Hub where none is written. Source: distribution reference v3, normalize.go. */
export function registryOf(image: string): string {
  const slash = image.indexOf('/');
  const first = slash < 0 ? '' : image.slice(0, slash);
  const isHost = first.includes('.') || first.includes(':') || first === 'localhost' || first !== first.toLowerCase();
  return isHost && first !== 'index.docker.io' ? first : 'docker.io';
}
