import type { IncomingMessage } from "node:http";

/**
 * Judges the `Origin` of a request: the page that this very host serves, or one that is allowed by configuration. A
 * request without an origin does not come from a browser's page, and carries no ambient rights that a page could abuse.
 */
export type OriginCheck = (request: Pick<IncomingMessage, "headers">) => boolean;

export function createOriginCheck(allowed: readonly string[]): OriginCheck {
  const any = allowed.includes("*");
  const list = new Set(allowed);
  return ({ headers }) => {
    const { origin, host } = headers;
    if (origin === undefined || any || list.has(origin)) return true;
    // The scheme is the proxy's business; host and port must be the ones that the browser asked.
    return URL.canParse(origin) && host !== undefined && new URL(origin).host === host;
  };
}
