import { type Child, startChild } from "./child.ts";
import { projectFile } from "./project.ts";

export interface BalancerOptions {
  /** Where it listens. */
  readonly host: string;
  readonly port: number;
  /** The name of the chat nodes, who resolves it (address:port), and the port on which all of them listen. */
  readonly chatName: string;
  readonly nameServer: string;
  readonly chatPort: number;
  /** Proxies in front of it whose X-Forwarded-For is believed: addresses and networks. */
  readonly proxies?: readonly string[];
  /** Who may read /metrics through it, addresses and networks; LB_METRICS_FROM or this machine and private networks unless told. */
  readonly metricsFrom?: readonly string[];
  readonly onLine?: (line: string) => void;
}

const nearby = ["127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

/** How many chat nodes the balancer has room for. */
export const balancerSlots = 32;

/** Starts HAProxy with the configuration that Compose uses as well. It serves once nodes are found and checked. */
export function startBalancer(options: BalancerOptions): Promise<Child> {
  return startChild({
    name: "balancer",
    command: "haproxy",
    // In the foreground, one process.
    args: ["-db", "-f", projectFile("deploy", "haproxy.cfg")],
    env: {
      ...process.env,
      LB_BIND: `${options.host}:${options.port}`,
      LB_CHAT_NAME: options.chatName,
      LB_CHAT_PORT: String(options.chatPort),
      LB_NAMESERVER: options.nameServer,
      LB_SLOTS: String(balancerSlots),
      LB_METRICS_FROM: options.metricsFrom?.join(" ") ?? process.env.LB_METRICS_FROM ?? nearby.join(" "),
      LB_PROXIES: options.proxies?.join(" ") ?? "",
    },
    ...(options.onLine ? { onLine: options.onLine } : {}),
  });
}
