import { progressing } from '../../model/verdict.ts';
import { textAt } from '../read.ts';
import { redisRule } from '../redis.ts';

/**
 * All instances ready and one of them the master. Source: redis-operator 0.26,
 * api/redisreplication/v1beta2/redisreplication_types.go RedisReplicationStatus.
 */
export const redisReplication = redisRule('RedisReplication', '', (object, set) => {
  const master = textAt(object, 'status', 'masterNode');
  return master === undefined
    ? progressing('NoMaster', `${set.message}, but none of them is the master yet`)
    : { ...set, message: `${set.message}, master is ${master}` };
});
