/** Reading QR codes out of pictures: with the browser's own detector, or else with zxing, fetched only then. */

/** The text of a code in the picture, or undefined. */
export type Detect = (picture: ImageBitmapSource & CanvasImageSource) => Promise<string | undefined>;

interface BuiltInDetector {
  detect(picture: ImageBitmapSource): Promise<readonly { readonly rawValue: string }[]>;
}

interface BuiltInDetectors {
  new (options: { readonly formats: readonly string[] }): BuiltInDetector;
  getSupportedFormats(): Promise<readonly string[]>;
}

/** Enough for a code that fills a third of the picture, and little enough for an old phone. */
const MAX_SIDE = 960;

/** Many browsers have none, and some have one that reads nothing. */
async function builtIn(): Promise<Detect | undefined> {
  const { BarcodeDetector: Detectors } = window as { readonly BarcodeDetector?: BuiltInDetectors };
  if (Detectors === undefined || !(await Detectors.getSupportedFormats()).includes("qr_code")) return undefined;
  const detector = new Detectors({ formats: ["qr_code"] });
  return async (picture) => (await detector.detect(picture))[0]?.rawValue;
}

function sizeOf(picture: CanvasImageSource): readonly [width: number, height: number] {
  if (picture instanceof HTMLVideoElement) return [picture.videoWidth, picture.videoHeight];
  const { width, height } = picture as ImageBitmap;
  return [width, height];
}

/** The picture's pixels, no larger than need be; undefined for one that has none yet. */
function pixelsOf(picture: CanvasImageSource, canvas: HTMLCanvasElement): ImageData | undefined {
  const [width, height] = sizeOf(picture);
  const scale = Math.min(1, MAX_SIDE / Math.max(width, height));
  [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null || canvas.width === 0 || canvas.height === 0) return undefined;
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

async function compiled(): Promise<Detect> {
  const { readQrCode } = await import("./zxing.ts");
  const canvas = document.createElement("canvas");
  return async (picture) => {
    const pixels = pixelsOf(picture, canvas);
    return pixels === undefined ? undefined : readQrCode(pixels);
  };
}

/** The browser's own where it works, else zxing. Throws TypeError if that cannot be fetched. */
export async function makeDetector(): Promise<{ readonly kind: "built-in" | "zxing"; readonly detect: Detect }> {
  const own = await builtIn();
  return own === undefined ? { kind: "zxing", detect: await compiled() } : { kind: "built-in", detect: own };
}
