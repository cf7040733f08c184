import { redisRule } from '../redis.ts';

/** Its one instance is ready. Source: redis-operator 0.26, api/redis/v1beta2/redis_types.go (no status fields). */
export const redis = redisRule('Redis');
