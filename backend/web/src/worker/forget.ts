/** Deletes what the service worker keeps of the places that were looked at. */

const DATA = "civicroot-data-";

export async function forgetKept(): Promise<void> {
  if (!("caches" in window)) return;
  const names = (await caches.keys()).filter((name) => name.startsWith(DATA));
  await Promise.all(names.map((name) => caches.delete(name)));
}
