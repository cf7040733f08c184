import { z } from 'zod';
import { acts } from '../../kube/needs.ts';
import { KubeError } from '../../kube/error.ts';
import type { ProxyResult } from '../../kube/types.ts';
import { degraded, healthy, progressing, type Verdict } from '../../model/verdict.ts';
import type { CheckContext, HealthCheck } from '../check.ts';
import { attemptLimitMs, verdictOfError, withVerdict } from '../check-errors.ts';
import { matchesPattern, Pattern } from '../check-pattern.ts';
import { choosePod } from '../check-pods.ts';
import { Label, LabelMap, Namespace, ObjectName, Port } from '../check-words.ts';

const Status = z.int().min(100).max(599);

const Expect = z.strictObject({
  status: z
    .union([Status, z.array(Status).min(1)])
    .optional()
    .describe('Status, or a list of those that will do. Default 200.'),
  contains: z
    .string()
    .min(1)
    .optional()
    .describe('The body holds this text. Links in HTML are rewritten by the proxy.'),
  matches: Pattern.optional().describe(
    'The body matches this regular expression (JavaScript; `^` and `$` are the ends of a line).',
  ),
});

const HttpGet = z
  .strictObject({
    service: Label.optional().describe('A Service; one of its ready endpoints is asked.'),
    pod: ObjectName.optional().describe('One pod by name.'),
    podSelector: LabelMap.optional().describe('Labels of the pods; a ready one is asked, else one that runs.'),
    namespace: Namespace,
    port: Port.describe('Port of the Service (number or name), or of the container (number).'),
    path: z
      .string()
      .max(2048)
      .regex(/^\/(?!.*(?:\.|%2e){2})/i, { error: 'a path begins with / and holds no ".."' })
      .optional()
      .describe('Default `/`.'),
    scheme: z.enum(['http', 'https']).optional().describe('Default `http`. Of https the certificate is not verified.'),
    host: ObjectName.optional().describe('Value of the header Host, for servers that tell sites apart by it.'),
    expect: Expect.optional().describe('What must come back. Default: status 200.'),
  })
  .refine((spec) => [spec.service, spec.pod, spec.podSelector].filter((each) => each !== undefined).length === 1, {
    error: 'write one of service, pod and podSelector, to say who is asked',
  })
  .describe(
    'A GET through the API server, from inside the cluster, is answered as expected. Redirects are not followed.',
  );
type HttpGet = z.infer<typeof HttpGet>;

/** Judges an answer; pure. The message never holds the body. */
export function judgeAnswer(expect: HttpGet['expect'], answer: ProxyResult): Verdict {
  const wanted = [expect?.status ?? 200].flat();
  if (!wanted.includes(answer.status))
    return degraded('Status', `expected status ${wanted.join(' or ')}, the answer was ${answer.status}`);
  if (expect?.contains !== undefined && !answer.body.includes(expect.contains)) {
    return degraded('Unexpected', `status ${answer.status}, and the body does not hold the expected text`);
  }
  if (expect?.matches !== undefined) {
    const isMatch = matchesPattern(expect.matches, answer.body);
    if (isMatch === undefined)
      return degraded('Unexpected', 'the regular expression took too long over the body, write a simpler one');
    if (!isMatch)
      return degraded('Unexpected', `status ${answer.status}, and the body does not match the expected pattern`);
  }
  return healthy('AsExpected', `status ${answer.status}, as expected`);
}

async function look(ctx: CheckContext, spec: HttpGet): Promise<Verdict> {
  const target = await chooseTarget(ctx, spec);
  if ('verdict' in target) return target.verdict;
  const { scheme, host, port, path = '/' } = spec;
  const request = {
    ...target,
    port,
    path,
    ...(scheme === undefined ? {} : { scheme }),
    ...(host === undefined ? {} : { host }),
  };
  try {
    return judgeAnswer(
      spec.expect,
      await ctx.kube.proxyGet(request, { signal: ctx.signal, timeoutMs: attemptLimitMs }),
    );
  } catch (error) {
    if (error instanceof KubeError) return verdictOfProxyError(ctx, target, error);
    throw error;
  }
}

async function verdictOfProxyError(ctx: CheckContext, target: Address, error: KubeError): Promise<Verdict> {
  if (error.reason === 'NotHttp' || error.reason === 'NoSuchPort') return degraded(error.reason, error.message);
  if (error.reason !== 'NotFound' || target.kind === 'Pod') return verdictOfError(error);
  // Kubernetes 1.34 says "services … not found" of a Service too that is there and never had an endpoint.
  const service = await ctx.kube.get({ apiVersion: 'v1', ...target }, { signal: ctx.signal });
  if (service === undefined) return verdictOfError(error);
  return progressing('NoEndpoints', `Service ${target.namespace}/${target.name} has no ready endpoint`);
}

interface Address {
  readonly kind: 'Service' | 'Pod';
  readonly namespace: string;
  readonly name: string;
}

type Target = Address | { readonly verdict: Verdict };

async function chooseTarget(ctx: CheckContext, spec: HttpGet): Promise<Target> {
  const namespace = spec.namespace ?? ctx.namespace;
  if (spec.service !== undefined) return { kind: 'Service', namespace, name: spec.service };
  const chosen = await choosePod(ctx, spec);
  return 'verdict' in chosen ? chosen : { kind: 'Pod', namespace, name: chosen.pod.metadata.name };
}

/** Check `httpGet`: a server inside the cluster answers as expected. */
export const httpGet: HealthCheck<HttpGet> = {
  type: 'httpGet',
  spec: HttpGet,
  // The status alone says nothing about data, and neither does a pattern that an empty body fits.
  expectsData: ({ expect }) =>
    expect?.contains !== undefined || (expect?.matches !== undefined && matchesPattern(expect.matches, '') === false),
  needs: (spec, home) =>
    acts('', spec.service === undefined ? 'pods/proxy' : 'services/proxy', ['get'], spec.namespace ?? home),
  observe: (ctx, spec) => withVerdict(() => look(ctx, spec)),
};
