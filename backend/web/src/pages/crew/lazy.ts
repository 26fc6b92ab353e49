/** A component that is loaded when it is first shown. */

import { type ComponentType, h } from "preact";
import { useEffect, useState } from "preact/hooks";

export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  return (props: P) => {
    const [Component, setComponent] = useState<ComponentType<P> | undefined>();
    useEffect(() => {
      void load().then((found) => setComponent(() => found));
    }, []);
    return Component === undefined ? null : h(Component, props as never);
  };
}
