import type { TestCluster, TestService } from "./cluster.ts";
import { eventually } from "./wait.ts";

/** Where somebody is connected, as soon as the cluster knows them. */
export function nodeOf(cluster: TestCluster, name: string): Promise<TestService> {
  return eventually(async () => {
    const response = await fetch(`${cluster.url}/api/cluster`, {
      headers: { authorization: `Bearer ${cluster.adminToken}` },
    });
    const { nodes, users } = (await response.json()) as {
      nodes: { id: string; pid: number }[];
      users: { name: string; node: string }[];
    };
    const where = users.find((user) => user.name === name)?.node;
    const pid = nodes.find(({ id }) => id === where)?.pid;
    return cluster.nodes.find((node) => node.pid === pid);
  });
}
