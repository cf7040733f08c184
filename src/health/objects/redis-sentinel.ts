import { redisRule } from '../redis.ts';

/** All sentinels ready. Source: redis-operator 0.26, api/redissentinel/v1beta2/redissentinel_types.go (no status fields). */
export const redisSentinel = redisRule('RedisSentinel', '-sentinel');
