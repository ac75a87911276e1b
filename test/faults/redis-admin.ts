import { Redis } from "ioredis";

/** Makes Redis refuse writes for want of memory; the answer lets it write again. */
export async function fillRedis(url: string): Promise<() => Promise<void>> {
  await configure(url, "maxmemory-policy", "noeviction");
  await configure(url, "maxmemory", "1");
  return () => configure(url, "maxmemory", "0");
}

async function configure(url: string, name: string, value: string): Promise<void> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1 });
  try {
    await redis.config("SET", name, value);
  } finally {
    redis.disconnect();
  }
}
