/** Photos as they are kept and sent: no larger than the city keeps them, so that many fit in a phone and through a bad connection. */

/** Pixels of the longer edge, as the city draws them (reports/photo.py). */
const EDGE = 1600;
const QUALITY = 0.85;

/** A smaller JPEG of it; undefined for what is no picture that this browser reads. */
export async function smaller(file: Blob): Promise<Blob | undefined> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
  const scale = Math.min(1, EDGE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Promise((resolve) => {
    canvas.toBlob((blob) => resolve(blob ?? undefined), "image/jpeg", QUALITY);
  });
}
