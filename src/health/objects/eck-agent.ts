import { eckRule } from '../eck.ts';

/** Green, with all its instances and links. Source: ECK 3.5, pkg/apis/agent/v1alpha1/agent_types.go. */
export const eckAgent = eckRule('agent.k8s.elastic.co', 'Agent');
