/** A camera button before a form's code field; where pages get no camera, a photograph; a wedge scanner and typing always. */
import { readPhoto, scanOnce, typedCode, type CameraFailure, type Stop } from "../../camera";
import { element, icon } from "../../dom";
import { textsOf, type Texts } from "../../texts";

/**
 * Puts the camera before the form; a code that is read goes into the field and stops the camera. The field is named `text`
 * or marked `data-code`; one of several lines gets a line for each code, and a form marked `data-submit` is sent at once.
 */
export function mount(root: HTMLElement): void {
  const field = root.querySelector<HTMLInputElement | HTMLTextAreaElement>("input[name=text], [data-code]");
  if (!field) return;
  const texts = textsOf(root);
  const note = element("p", { role: "status", class: "lf-soft mb-2", hidden: true });
  const say = (text: string): void => {
    note.textContent = text;
    note.hidden = text === "";
  };
  const take = (text: string): void => {
    const code = typedCode(text);
    field.value = field instanceof HTMLTextAreaElement ? `${field.value}${code}\n` : code;
    say("");
    if (root instanceof HTMLFormElement && root.dataset["submit"] !== undefined) root.requestSubmit();
    // The number of pieces is what remains to be said.
    (root.querySelector<HTMLInputElement>("input[name=pieces]") ?? field).focus();
  };
  field.addEventListener("change", () => {
    if (field instanceof HTMLInputElement) field.value = typedCode(field.value);
  });
  const photo = photoButton(texts, take, say);
  root.prepend(...cameraParts(root, texts, { take, say, photo }), photo, note);
}

interface Around {
  take: (text: string) => void;
  say: (text: string) => void;
  photo: HTMLElement;
}

function cameraParts(root: HTMLElement, texts: Texts, around: Around): HTMLElement[] {
  const video = element("video", { class: "w-100 mb-2", muted: true, playsinline: true, hidden: true });
  const button = element("button", { type: "button", class: "btn mb-2" });
  let stop: Stop | undefined;
  const rest = (): void => {
    stop = undefined;
    video.hidden = true;
    button.replaceChildren(icon("zoom-scan"), texts("camera"));
  };
  const failed = (failure: CameraFailure): void => {
    rest();
    around.say(texts(failure));
    // Another try helps against a refusal or a camera in use, not against a missing one.
    if (failure === "insecure" || failure === "absent") button.hidden = true;
    around.photo.hidden = false;
  };
  const found = (text: string): void => {
    rest();
    around.take(text);
  };
  const leave = (): void => {
    stop?.();
    if (stop) rest();
  };
  let opening = false;
  button.addEventListener("click", () => {
    if (opening) return;
    if (stop) {
      leave();
      return;
    }
    opening = true;
    video.hidden = false;
    button.replaceChildren(icon("x"), texts("stop"));
    around.say("");
    void scanOnce(video, { found, failed }).then((made) => {
      opening = false;
      if (video.hidden) return;
      stop = made;
      if (!root.isConnected) leave();
    });
  });
  root.addEventListener("lf:gone", leave);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) leave();
  });
  rest();
  return [video, button];
}

/** A picture taken with the phone's own camera; shown once the page's camera has failed. */
function photoButton(texts: Texts, take: (text: string) => void, say: (text: string) => void): HTMLElement {
  const input = element("input", { type: "file", accept: "image/*", capture: "environment", class: "form-control mb-2" });
  const label = element("label", { class: "form-label mb-2", hidden: true }, texts("photo"), input);
  input.addEventListener("change", () => {
    const photo = input.files?.[0];
    if (!photo) return;
    void readPhoto(photo).then(
      (text) => {
        input.value = "";
        if (text) take(text);
        else say(texts("unread"));
      },
      () => {
        say(texts("failed"));
      },
    );
  });
  return label;
}
