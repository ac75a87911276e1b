import type { ClusterReport } from "../../services/protocol/index.ts";
import type { TestCluster } from "./cluster.ts";

/** What the administrator sees, all pages of it. */
export async function clusterReport(
  cluster: TestCluster,
  at: { url: string } = cluster,
): Promise<ClusterReport> {
  let whole: ClusterReport | undefined;
  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? "" : `?cursor=${cursor}`;
    const response = await fetch(`${at.url}/api/cluster${query}`, {
      headers: { authorization: `Bearer ${cluster.adminToken}` },
    });
    if (!response.ok) throw new Error(`the report is answered with ${response.status}`);
    const page = (await response.json()) as ClusterReport;
    whole = whole ? { ...whole, users: [...whole.users, ...page.users] } : page;
    cursor = page.cursor;
  } while (cursor !== undefined);
  return whole;
}
