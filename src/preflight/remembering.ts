import type { KubeClient } from '../kube/types.ts';

/** A client that asks each question once: steps and families look at much the same objects. For one look, then thrown away. */
export function remembering(kube: KubeClient): KubeClient {
  const answers = new Map<string, Promise<unknown>>();
  const once = <T>(question: readonly unknown[], ask: () => Promise<T>): Promise<T> => {
    const key = JSON.stringify(question);
    const known = answers.get(key);
    // The key names the question, and with it what kind of answer it has.
    if (known) return known as Promise<T>;
    const answer = ask();
    answers.set(key, answer);
    return answer;
  };
  const own: Pick<KubeClient, 'get' | 'list' | 'resource'> = {
    get: ({ apiVersion, kind, namespace, name }, options) =>
      once(['get', apiVersion, kind, namespace, name, options?.metadataOnly === true], () =>
        kube.get({ apiVersion, kind, name, ...(namespace ? { namespace } : {}) }, options),
      ),
    list: ({ apiVersion, kind }, options = {}) => {
      const { namespace, labelSelector, fieldSelector, metadataOnly, keep } = options;
      const ask = () => kube.list({ apiVersion, kind }, options);
      // What somebody keeps of each object is an answer for nobody else.
      if (keep !== undefined) return ask();
      return once(['list', apiVersion, kind, namespace, labelSelector, fieldSelector, metadataOnly === true], ask);
    },
    resource: ({ apiVersion, kind }, options) =>
      once(['resource', apiVersion, kind], () => kube.resource({ apiVersion, kind }, options)),
  };
  // Not spread: a client may have its methods from a prototype.
  return new Proxy(kube, { get: (target, key): unknown => Reflect.get(Object.hasOwn(own, key) ? own : target, key) });
}
