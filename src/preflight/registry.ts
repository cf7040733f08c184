import { backupAge } from './families/backup-age.ts';
import { dataMover } from './families/data-mover.ts';
import { helm } from './families/helm.ts';
import { images } from './families/images.ts';
import { kinds } from './families/kinds.ts';
import { objects } from './families/objects.ts';
import { order } from './families/order.ts';
import { permissions } from './families/permissions.ts';
import { quiesce } from './families/quiesce.ts';
import { scheduling } from './families/scheduling.ts';
import { site } from './families/site.ts';
import { storage } from './families/storage.ts';
import { traffic } from './families/traffic.ts';
import { veleroServer } from './families/velero-server.ts';
import { webhooks } from './families/webhooks.ts';
import type { Family } from './survey.ts';

/** Every question of a look ahead, in the order in which findings of one weight are shown: one file in `families`, one line here. */
export const families: readonly Family[] = [
  site,
  objects,
  kinds,
  storage,
  order,
  dataMover,
  webhooks,
  scheduling,
  images,
  helm,
  traffic,
  quiesce,
  veleroServer,
  backupAge,
  permissions,
];
