import type { FindingReport } from '../../model/report.ts';
import { groupOf } from '../../model/verdict.ts';
import { servedBy } from '../../velero/item-facts.ts';
import { type Assigned, block, type Family, type Place, restoredOf, type ServedKind, type Survey } from '../survey.ts';

/** Whether the cluster serves every kind at the version that the Backup has it in, by the time it is restored. */
export const kinds: Family = { name: 'kinds', judge };

function judge(survey: Survey): readonly FindingReport[] {
  const restored = restoredOf(survey);
  return survey.live.kinds
    .filter(({ served }) => !served)
    .flatMap((kind) => {
      const objects = restored.filter(
        ({ item }) => item.apiVersion === kind.apiVersion && item.kind === kind.kind && item.resource === kind.resource,
      );
      return objects.length === 0 ? [] : missing(survey, kind, objects);
    });
}

function missing(survey: Survey, kind: ServedKind, objects: readonly Assigned[]): FindingReport[] {
  const { apiVersion, kind: name, resource, insteadAt } = kind;
  const first = Math.min(...objects.map(({ places }) => places[0]?.order ?? 0));
  const steps = [...new Set(objects.flatMap(({ places }) => places[0]?.step ?? []))].join(', ');
  const what = `${objects.length} ${name} objects of the Backup (step ${steps})`;
  const definition = definitionOf(survey, resource);
  if (definition && definition.order > first)
    return [
      block(
        'KindTooLate',
        `${what} need the definition ${resource}, which only the later step ${definition.step} brings; restore it in tier crds`,
      ),
    ];
  if (definition && !definition.serves.includes(apiVersion))
    return [
      block(
        'ApiVersionGone',
        `${what} are of ${apiVersion}, but the definition that step ${definition.step} brings serves ${definition.serves.join(', ') || 'nothing'}; take a Backup with the newer version, or bring the definition that serves ${apiVersion}`,
      ),
    ];
  if (definition) return [];
  const aggregated = apiServiceOf(survey, apiVersion);
  if (aggregated && aggregated.order <= first) return [];
  if (aggregated)
    return [
      block(
        'KindTooLate',
        `${what} are served by APIService ${apiServiceName(apiVersion)}, which only the later step ${aggregated.step} brings; restore it in an earlier tier`,
      ),
    ];
  if (insteadAt)
    return [
      block(
        'ApiVersionGone',
        `${what} are of ${apiVersion}, which this cluster no longer serves (it has ${insteadAt}), so Velero cannot create them; take a Backup with the newer version, or apply them converted by a manifests step`,
      ),
    ];
  return [
    block(
      'KindMissing',
      `${what} are of ${apiVersion}, which the cluster does not serve and no step brings (the definition ${resource} is not restored); add a crds step that does, or install it`,
    ),
  ];
}

/** `v3.projectcalico.org` for `projectcalico.org/v3`. */
function apiServiceName(apiVersion: string): string {
  return `${apiVersion.slice(apiVersion.indexOf('/') + 1)}.${groupOf(apiVersion)}`;
}

/** The step that brings the APIService by which another server serves a group: it has no definition. */
function apiServiceOf(survey: Survey, apiVersion: string): Place | undefined {
  const wanted = apiServiceName(apiVersion);
  const found = survey.objects.find(
    ({ item, places, fate }) =>
      item.kind === 'APIService' && item.name === wanted && places.length > 0 && fate !== 'ignored',
  );
  const byFile = survey.brought.find(({ objects }) =>
    objects.some(({ kind, metadata }) => kind === 'APIService' && metadata.name === wanted),
  );
  return found?.places[0] ?? byFile?.place;
}

interface Definition {
  readonly step: string;
  readonly order: number;
  readonly serves: readonly string[];
}

/** The step that brings a kind's CustomResourceDefinition, out of the Backup or from its own files. */
function definitionOf(survey: Survey, resource: string): Definition | undefined {
  for (const { item, places, fate } of survey.objects) {
    const [place] = places;
    if (!place || fate === 'ignored' || item.kind !== 'CustomResourceDefinition' || item.name !== resource) continue;
    return { step: place.step, order: place.order, serves: item.facts?.serves ?? [] };
  }
  for (const { place, objects } of survey.brought)
    for (const object of objects)
      if (object.kind === 'CustomResourceDefinition' && object.metadata.name === resource)
        return { step: place.step, order: place.order, serves: servedBy(object) };
  return undefined;
}
