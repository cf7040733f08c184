import type { CheckType } from '../../model/plan.ts';
import type { HealthCheck } from '../check.ts';
import { dataChecksum } from './data-checksum.ts';
import { dnsResolves } from './dns-resolves.ts';
import { exec } from './exec.ts';
import { httpGet } from './http-get.ts';
import { kafka } from './kafka.ts';
import { mongodb } from './mongodb.ts';
import { mysql } from './mysql.ts';
import { podStatus } from './pod-status.ts';
import { postgres } from './postgres.ts';
import { quorum } from './quorum.ts';
import { rabbitmq } from './rabbitmq.ts';
import { redis } from './redis.ts';
import { resourceExists } from './resource-exists.ts';
import { tcpSocket } from './tcp-socket.ts';
import { verdict } from './verdict.ts';

/** Every check, by its key in a plan. A new check is a file here and a line here. */
export const checks = {
  resourceExists,
  podStatus,
  tcpSocket,
  exec,
  httpGet,
  verdict,
  quorum,
  dnsResolves,
  postgres,
  mysql,
  redis,
  rabbitmq,
  mongodb,
  kafka,
  dataChecksum,
} as const satisfies { readonly [Type in CheckType]: HealthCheck };
