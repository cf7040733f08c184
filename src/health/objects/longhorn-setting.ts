import { healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { valueAt } from '../read.ts';

/** Applied; Longhorns before 1.8 do not say it. Some wait until all volumes are detached. Source: Longhorn 1.13, k8s/pkg/apis/longhorn/v1beta2/setting.go SettingStatus. */
export const longhornSetting: KindRule = {
  group: 'longhorn.io',
  kind: 'Setting',
  assess: (object) =>
    valueAt(object, 'status', 'applied') === false
      ? progressing('NotApplied', 'is not applied yet: some settings wait until all volumes are detached')
      : healthy('Exists'),
};
