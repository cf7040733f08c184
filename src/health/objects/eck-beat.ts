import { eckRule } from '../eck.ts';

/** Green, with all its instances and links. Source: ECK 3.5, pkg/apis/beat/v1beta1/beat_types.go. */
export const eckBeat = eckRule('beat.k8s.elastic.co', 'Beat');
