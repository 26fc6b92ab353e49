/** Starts the service worker, where there can be one; everything works without it, but for the network that it saves. */

export function registerWorker(): void {
  if (!("serviceWorker" in navigator) || !window.isSecureContext) return;
  // After the page itself, which it must not slow down.
  const start = (): void => {
    navigator.serviceWorker.register("/sw.js").catch((error: unknown) => console.warn("service worker", String(error)));
  };
  if (document.readyState === "complete") start();
  else window.addEventListener("load", start, { once: true });
}
