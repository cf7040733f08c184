import { z } from 'zod';
import { degraded } from '../../model/verdict.ts';
import type { Ran } from '../check-exec.ts';
import type { Ask } from './password.ts';

export const kafkaIsSlow =
  'each question starts a JVM, and one that finds no broker asks for a minute; give the check attemptTimeout: 60s or more';

const Path = z.string().regex(/^\/[-A-Za-z0-9_./*:]{0,500}$/, { error: 'write an absolute path' });

/** Where Kafka's tools are. */
export const Tools = z
  .strictObject({
    folder: Path.optional().describe('Folder of the scripts kafka-topics.sh and so on.'),
    classpath: Path.optional().describe(
      'Where there are jars and no scripts: the class path for java, as /app/libs/*.',
    ),
  })
  .refine((tools) => (tools.folder === undefined) !== (tools.classpath === undefined), {
    error: 'write one of folder and classpath',
  });
export type Tools = z.infer<typeof Tools>;

/** The questions that are asked. */
export type KafkaTool = 'kafka-broker-api-versions' | 'kafka-topics' | 'kafka-get-offsets' | 'kafka-consumer-groups';

/** The classes behind the scripts, newest first: they moved from core to tools one by one (Kafka 3.7 to 4.0, bin/*.sh). */
const classes: { readonly [Tool in KafkaTool]: readonly string[] } = {
  'kafka-broker-api-versions': [
    'org.apache.kafka.tools.BrokerApiVersionsCommand',
    'kafka.admin.BrokerApiVersionsCommand',
  ],
  'kafka-topics': ['org.apache.kafka.tools.TopicCommand', 'kafka.admin.TopicCommand'],
  'kafka-get-offsets': ['org.apache.kafka.tools.GetOffsetShell', 'kafka.tools.GetOffsetShell'],
  'kafka-consumer-groups': [
    'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
    'kafka.admin.ConsumerGroupCommand',
  ],
};

/**
 * Where the scripts are: Strimzi and the project's own image (/opt/kafka/bin), Confluent's (on the PATH, without .sh),
 * Bitnami's (on the PATH, with .sh).
 */
const places = [
  (tool: KafkaTool): string => `/opt/kafka/bin/${tool}.sh`,
  (tool: KafkaTool): string => `${tool}.sh`,
  (tool: KafkaTool): string => tool,
  (tool: KafkaTool): string => `/opt/bitnami/kafka/bin/${tool}.sh`,
];

/** Runs one of Kafka's tools. */
export type AskKafka = (tool: KafkaTool, options: readonly string[]) => Promise<Ran>;

/** Finds the tools by trying them; the first place that has one is kept. */
export function kafkaTools(ask: Ask, tools: Tools | undefined): AskKafka {
  if (tools?.classpath !== undefined) return byClass(ask, tools.classpath);
  const folder = tools?.folder;
  let rest = folder === undefined ? places : [(tool: KafkaTool): string => `${folder}/${tool}.sh`];
  return async (tool, options) => {
    for (const place of rest) {
      const ran = await ask([place(tool), ...options]);
      if (!isAbsent(ran)) {
        rest = [place];
        return ran;
      }
    }
    const where = folder === undefined ? 'on the PATH, in /opt/kafka/bin or /opt/bitnami/kafka/bin' : `in ${folder}`;
    const text = `the container has no ${tool}.sh ${where}; write tools: {folder: …}, or {classpath: …} where there are only jars`;
    return { verdict: degraded('CommandNotFound', text) };
  };
}

function byClass(ask: Ask, classpath: string): AskKafka {
  return async (tool, options) => {
    for (const className of classes[tool]) {
      const ran = await ask(['java', '-Xmx256m', '-cp', classpath, className, ...options]);
      if ('verdict' in ran || !ran.result.stderr.includes(`find or load main class ${className}`)) return ran;
    }
    const text = `the jars of ${classpath} hold no ${tool}: neither ${classes[tool].join(' nor ')}`;
    return { verdict: degraded('CommandNotFound', text) };
  };
}

function isAbsent(ran: Ran): boolean {
  return 'verdict' in ran && ran.verdict.reason === 'CommandNotFound';
}
