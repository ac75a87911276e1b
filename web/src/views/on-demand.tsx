import type { FunctionComponent, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

/**
 * A view whose code is fetched when it is drawn first. Until then, and when it cannot be fetched, there is nothing in its
 * place; drawing it again tries again.
 */
export function onDemand<P extends object>(load: () => Promise<FunctionComponent<P>>) {
  let loaded: FunctionComponent<P> | undefined;
  let loading: Promise<void> | undefined;
  const get = () => {
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
    useEffect(() => {
      if (loaded !== undefined) return;
      let gone = false;
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
    const View = loaded;
    return View === undefined ? null : <View {...props} />;
  }
  /** Fetches it before it is needed. */
  OnDemand.prepare = () => void get().catch(() => {});
  return OnDemand;
}
