/** The camera as a scanner, where the browser can read codes itself; a wedge scanner and typing need nothing of this. */
import { element, icon } from "../../dom";
import { textsOf } from "../../texts";

interface Reader {
  detect: (source: HTMLVideoElement) => Promise<{ rawValue: string }[]>;
}
type ReaderClass = new (options: { formats: string[] }) => Reader;

const EVERY_MS = 200;

function readerClass(): ReaderClass | undefined {
  return (globalThis as { BarcodeDetector?: ReaderClass }).BarcodeDetector;
}

/** Puts a camera button before the form; a code that is read goes into the field and stops the camera. */
export function mount(root: HTMLElement): void {
  const field = root.querySelector<HTMLInputElement>("input[name=text]");
  const Reader = readerClass();
  if (!field || !Reader || !("mediaDevices" in navigator)) return;
  const texts = textsOf(root);
  const video = element("video", { class: "w-100 mb-2", muted: true, playsinline: true, hidden: true });
  const button = element("button", { type: "button", class: "btn mb-2" }, icon("zoom-scan"), texts("camera"));
  const note = element("p", { role: "status", class: "lf-soft" });
  let stream: MediaStream | undefined;
  let timer = 0;

  const stop = (): void => {
    clearInterval(timer);
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = undefined;
    video.hidden = true;
    button.replaceChildren(icon("zoom-scan"), texts("camera"));
  };
  const start = async (): Promise<void> => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      video.hidden = false;
      await video.play();
    } catch {
      stop();
      note.textContent = texts("failed");
      return;
    }
    button.replaceChildren(icon("x"), texts("stop"));
    const reader = new Reader({ formats: ["qr_code", "code_128", "ean_13"] });
    timer = window.setInterval(() => {
      void reader.detect(video).then(
        ([found]) => {
          if (found === undefined || stream === undefined) return;
          field.value = found.rawValue;
          stop();
          field.focus();
        },
        () => {
          stop();
          note.textContent = texts("failed");
        },
      );
    }, EVERY_MS);
  };
  button.addEventListener("click", () => {
    if (stream) stop();
    else void start();
  });
  root.addEventListener("lf:gone", stop);
  root.prepend(button, video, note);
}
