/** zxing as WebAssembly, from the city's own server. */

import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import wasm from "zxing-wasm/reader/zxing_reader.wasm?url";

prepareZXingModule({ overrides: { locateFile: () => wasm } });

export async function readQrCode(pixels: ImageData): Promise<string | undefined> {
  const found = await readBarcodes(pixels, { formats: ["QRCode"], maxNumberOfSymbols: 1, tryHarder: true });
  return found.find(({ isValid }) => isValid)?.text;
}
