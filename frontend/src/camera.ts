/**
 * Reading codes with the camera: the browser's own reader where it works, else ZXing in WebAssembly from this site.
 *
 * The page that uses it must allow 'wasm-unsafe-eval' (`content_policy.allows_wasm`). A code may always be typed instead.
 */

export type CameraFailure = "insecure" | "absent" | "denied" | "busy" | "failed";
export type Stop = () => void;
/** Looks at one picture: the text of a code in it, or nothing. Rejects when it cannot look at all. */
export type Read = (picture: HTMLVideoElement | ImageBitmap) => Promise<string | undefined>;

export class CameraError extends Error {
  constructor(readonly failure: CameraFailure) {
    super(failure);
  }
}

/** As the browser's reader names them; ZXing's names beside. */
const FORMATS = { qr_code: "QRCode", data_matrix: "DataMatrix", code_128: "Code128", ean_13: "EAN13", itf: "ITF" } as const;
const EVERY_MS = 150;
/** A longer side than this shows no more of a code held before the camera, and costs time on a cheap phone. */
const LONGEST_SIDE = 1280;

interface OwnReader {
  detect: (source: HTMLVideoElement | ImageBitmap) => Promise<{ rawValue: string }[]>;
}
interface OwnReaderClass {
  new (options: { formats: string[] }): OwnReader;
  getSupportedFormats: () => Promise<string[]>;
}

/** The browser's own reader; undefined where there is none, or one without the square codes of our labels. */
export async function ownReader(within: object = globalThis): Promise<Read | undefined> {
  const Reader = (within as { BarcodeDetector?: OwnReaderClass }).BarcodeDetector;
  if (!Reader) return undefined;
  try {
    const known = await Reader.getSupportedFormats();
    if (!known.includes("qr_code")) return undefined;
    const reader = new Reader({ formats: Object.keys(FORMATS).filter((name) => known.includes(name)) });
    return async (picture) => (await reader.detect(picture))[0]?.rawValue;
  } catch {
    return undefined;
  }
}

/** Pixels of a picture, scaled down where it is large. */
function pixelsOf(picture: HTMLVideoElement | ImageBitmap): ImageData | undefined {
  const [width, height] = "videoWidth" in picture ? [picture.videoWidth, picture.videoHeight] : [picture.width, picture.height];
  if (width === 0 || height === 0) return undefined;
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return context?.getImageData(0, 0, canvas.width, canvas.height);
}

/** Reads pixels with ZXing; `wasm`: the module's bytes, else they are fetched from this site when first needed. */
export async function zxing(wasm?: ArrayBuffer): Promise<(pixels: ImageData) => Promise<string | undefined>> {
  const { prepareZXingModule, readBarcodes } = await import("zxing-wasm/reader");
  const overrides = wasm ? { wasmBinary: wasm } : { locateFile: await located() };
  await prepareZXingModule({ overrides, fireImmediately: true });
  const options = { formats: Object.values(FORMATS), tryHarder: true, maxNumberOfSymbols: 1 };
  return async (pixels) => (await readBarcodes(pixels, options)).find((found) => found.isValid)?.text;
}

async function located(): Promise<() => string> {
  const { default: address } = await import("zxing-wasm/reader/zxing_reader.wasm?url");
  return () => address;
}

/** The site's reader, loaded when a picture first needs it. */
export function siteReader(load = zxing, pixels = pixelsOf): Read {
  let loading: ReturnType<typeof zxing> | undefined;
  return async (picture) => {
    loading ??= load();
    const read = await loading;
    const seen = pixels(picture);
    return seen ? read(seen) : undefined;
  };
}

/** Reads with the first; once that fails, with the second: some phones announce a reader whose service is missing. */
export function either(first: Read | undefined, second: Read): Read {
  let failed = first === undefined;
  return async (picture) => {
    if (!failed && first) {
      try {
        return await first(picture);
      } catch {
        failed = true;
      }
    }
    return second(picture);
  };
}

/** The reader for this browser. */
export async function reader(): Promise<Read> {
  return either(await ownReader(), siteReader());
}

/** Asks `look` again and again, never twice at a time, until it finds a text, fails, or is stopped. */
export function lookUntilFound(
  look: () => Promise<string | undefined>,
  done: { found: (text: string) => void; failed: () => void },
  everyMs = EVERY_MS,
): Stop {
  let going = true;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const step = async (): Promise<void> => {
    let text: string | undefined;
    try {
      text = await look();
    } catch {
      if (going) done.failed();
      going = false;
      return;
    }
    if (!going) return;
    if (text) {
      going = false;
      done.found(text);
    } else {
      timer = setTimeout(() => void step(), everyMs);
    }
  };
  void step();
  return () => {
    going = false;
    clearTimeout(timer);
  };
}

const FAILURES: Partial<Record<string, CameraFailure>> = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "absent",
  OverconstrainedError: "absent",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** Why a camera did not open, by the name of the browser's error. */
export function failureOf(error: unknown): CameraFailure {
  return FAILURES[(error as { name?: string } | undefined)?.name ?? ""] ?? "failed";
}

/** Shows the camera at the back in `video`; the answer switches it off. Throws CameraError. */
export async function openCamera(video: HTMLVideoElement): Promise<Stop> {
  if (!globalThis.isSecureContext) throw new CameraError("insecure");
  if (!("mediaDevices" in navigator)) throw new CameraError("absent");
  let stream: MediaStream | undefined;
  const close = (): void => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    video.srcObject = null;
  };
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: LONGEST_SIDE } } });
    video.srcObject = stream;
    await video.play();
  } catch (error) {
    close();
    throw new CameraError(failureOf(error));
  }
  return close;
}

/** Opens the camera and tells of the first code, or of the failure; both end with the camera off. Never throws. */
export async function scanOnce(
  video: HTMLVideoElement,
  done: { found: (text: string) => void; failed: (failure: CameraFailure) => void },
  find: () => Promise<Read> = reader,
): Promise<Stop> {
  let close: Stop = () => undefined;
  try {
    close = await openCamera(video);
    const read = await find();
    const stop = lookUntilFound(() => read(video), {
      found: (text) => {
        close();
        done.found(text);
      },
      failed: () => {
        close();
        done.failed("failed");
      },
    });
    return () => {
      stop();
      close();
    };
  } catch (error) {
    close();
    done.failed(error instanceof CameraError ? error.failure : "failed");
    return () => undefined;
  }
}

/** The text of a code in a photograph: for browsers that take pictures but give no camera to pages. */
export async function readPhoto(photo: Blob, find: () => Promise<Read> = reader): Promise<string | undefined> {
  const picture = await createImageBitmap(photo);
  try {
    return await (await find())(picture);
  } finally {
    picture.close();
  }
}

/** A code as a person types it: full-width characters of an input method become plain ones, blanks at the ends go. */
export function typedCode(text: string): string {
  return text.normalize("NFKC").trim();
}
