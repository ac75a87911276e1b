import type { FunctionComponent, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

/**
 * A view whose code is fetched when it is drawn first. Until then, and when it cannot be fetched, there is the other one in
 * its place, or nothing; drawing it again tries again.
 */
export function onDemand<P extends object>(
  load: () => Promise<FunctionComponent<P>>,
  Meanwhile?: FunctionComponent<P>,
) {
  let loaded: FunctionComponent<P> | undefined;
  let loading: Promise<void> | undefined;
  const get = () => {
    if (loaded !== undefined) return Promise.resolve();
    loading ??= load()
      .then((View) => {
        loaded = View;
      })
      .finally(() => {
        loading = undefined;
      });
    return loading;
  };
  function OnDemand(props: P): VNode | null {
    const [, redraw] = useState(0);
    const drawn = loaded;
    useEffect(() => {
      if (drawn !== undefined) return;
      let gone = false;
      // It may also have come between the drawing and now.
      get().then(
        () => gone || redraw((n) => n + 1),
        () => {
          // No network: whoever wants it asks again.
        },
      );
      return () => {
        gone = true;
      };
    }, []);
    const View = drawn ?? Meanwhile;
    return View === undefined ? null : <View {...props} />;
  }
  /** Fetches it before it is needed. */
  OnDemand.prepare = () => void get().catch(() => {});
  return OnDemand;
}
