import { z } from 'zod';
import { LabelSelector } from './selector.ts';
import { DnsLabel, GoDuration, NamespacePattern } from './spec-words.ts';

const Argv = z.array(z.string().min(1)).min(1);

const ExecHook = z.strictObject({
  container: DnsLabel.optional().describe("The container; the pod's first one unless told."),
  command: Argv.describe('Command and arguments, each its own entry. There is no shell, so `$VAR` is not expanded.'),
  onError: z
    .enum(['Continue', 'Fail'])
    .default('Fail')
    .describe('What Velero does with the further hooks of the pod when this one fails.'),
  execTimeout: GoDuration.default('30s').describe('How long the command may take.'),
  waitTimeout: GoDuration.default('5m').describe(
    'How long Velero waits for the container to run. Velero itself has no limit here.',
  ),
  waitForReady: z.boolean().optional().describe('Wait until the container is ready, not only running.'),
});

const InitContainer = z.strictObject({
  name: DnsLabel.describe('Name of the init container.'),
  image: z.string().min(1).describe('Its image.'),
  command: Argv.describe('Command and arguments, each its own entry.'),
  args: z.array(z.string()).optional().describe('Further arguments.'),
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).optional().describe('As in a pod.'),
  env: z
    .array(
      z.strictObject({
        name: z.string().min(1).describe('Name of the variable.'),
        value: z.string().describe('Its value; never a secret: plans are kept in histories.'),
      }),
    )
    .optional()
    .describe('Environment variables.'),
  volumeMounts: z
    .array(
      z.strictObject({
        name: DnsLabel.describe("A volume of the pod, by the pod's own name for it."),
        mountPath: z.string().startsWith('/').describe('Where it is mounted.'),
        subPath: z.string().min(1).optional().describe('A folder of the volume.'),
        readOnly: z.boolean().optional().describe('Mount it for reading only.'),
      }),
    )
    .optional()
    .describe("The pod's volumes that it needs."),
});

const PostHook = z
  .strictObject({
    exec: ExecHook.optional().describe('A command in a container of the restored pod.'),
    init: z
      .strictObject({
        initContainers: z.array(InitContainer).min(1).describe('Run before the containers of the pod.'),
        timeout: GoDuration.optional().describe('How long they may take.'),
      })
      .optional()
      .describe('Init containers for the restored pod.'),
  })
  .refine((hook) => (hook.exec === undefined) !== (hook.init === undefined), 'write either exec or init');

/** Hooks of a Restore. Velero runs them in pods that the Restore itself makes, in no others. */
export const RestoreHook = z.strictObject({
  name: DnsLabel.describe('Name of the hook, for messages.'),
  includedNamespaces: z
    .array(NamespacePattern)
    .min(1)
    .optional()
    .describe('Namespaces of the pods, as they are after a mapping; all unless told.'),
  excludedNamespaces: z.array(NamespacePattern).optional().describe('Namespaces whose pods are left alone.'),
  labelSelector: LabelSelector.optional().describe('Which pods; all unless told.'),
  postHooks: z.array(PostHook).min(1).describe('What is done, in this order.'),
});
export type RestoreHook = z.output<typeof RestoreHook>;
