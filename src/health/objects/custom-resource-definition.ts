import { degraded, healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { after, conditionOf } from '../read.ts';

/**
 * Established, with its names accepted. Names that another definition has taken stay so until one of the two goes; Helm
 * takes that for ready. Source: apiextensions.k8s.io/v1 CustomResourceDefinitionConditionType, Kubernetes 1.34.
 */
export const customResourceDefinition: KindRule = {
  group: 'apiextensions.k8s.io',
  kind: 'CustomResourceDefinition',
  terminal: ['NamesNotAccepted'],
  assess(object) {
    const [names, established] = [conditionOf(object, 'NamesAccepted'), conditionOf(object, 'Established')];
    if (names?.status === 'False')
      return degraded('NamesNotAccepted', `its names are not accepted${after(names.message)}`);
    if (established === undefined) return progressing('NoStatus', 'the API server has not looked at it yet');
    if (established.status === 'True') {
      return names?.status === 'Unknown'
        ? progressing('NamesNotChecked', 'is established, its names are being checked')
        : healthy('Established');
    }
    if (established.status === 'False' && established.reason !== 'Installing' && established.reason !== 'NotAccepted') {
      return degraded(established.reason || 'NotEstablished', `is not established${after(established.message)}`);
    }
    return progressing(established.reason || 'Installing', `is not established yet${after(established.message)}`);
  },
};
