/** A plan and its cluster, as the verbs that look at a cluster themselves find them. */
import { dirname } from 'node:path';
import type { ClusterSource } from '../kube/clusters.ts';
import { language } from '../language.ts';
import { issueText } from '../plan/language.ts';
import { type LoadedPlan, loadPlanByName, loadPlanFile } from '../plan/load.ts';
import { CliError } from './cli-error.ts';

/**
 * Loads a plan by its name in the plans folder, or from a file: anything with a slash or that ends in .yaml. Throws
 * CliError with its first issue.
 */
export async function loadNamedPlan(target: string, folder: string): Promise<LoadedPlan & { readonly folder: string }> {
  const isFile = /[/\\]/.test(target) || /\.ya?ml$/.test(target);
  const loaded = isFile ? await loadPlanFile(target, folder, language) : await loadPlanByName(target, folder, language);
  if (!('issues' in loaded)) return { ...loaded, folder: isFile ? dirname(loaded.path) : folder };
  const [first, ...others] = loaded.issues;
  const more = others.length === 0 ? '' : ` (and ${others.length} more: \`rekindle validate ${target}\`)`;
  throw new CliError(`${first === undefined ? 'the plan is not valid' : issueText(first)}${more}`);
}

/** The kubeconfig's context for a plan's cluster, or the one that was asked for. Throws CliError where it has none. */
export function contextOf(clusters: ClusterSource, asked: string | undefined, cluster: string): string {
  const wanted = asked ?? cluster;
  if (clusters.contexts.includes(wanted)) return wanted;
  const known = clusters.contexts.join(', ') || 'none';
  throw new CliError(
    asked === undefined
      ? `the kubeconfig has no context ${wanted}, which the plan restores into; it has ${known}: name yours with --context`
      : `the kubeconfig has no context ${wanted}; it has ${known}`,
  );
}
