/** Asks the service worker to keep the crews' pages, for where there is no network: of whoever opens one of them. */

export function keepCrewPages(): void {
  if (!("serviceWorker" in navigator) || !window.isSecureContext) return;
  navigator.serviceWorker.ready.then(
    ({ active }) => active?.postMessage("keep-crew"),
    (error: unknown) => console.warn("service worker", String(error)),
  );
}
