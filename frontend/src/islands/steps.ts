/** A long form one step at a time; without this script all steps stand below each other. */
import { element } from "../dom";
import { textsOf } from "../texts";

/** Show the step of the first error, else the first one; Next looks at the step's own fields only. */
export function mount(root: HTMLElement): void {
  const texts = textsOf(root);
  const steps = [...root.querySelectorAll<HTMLElement>("[data-step]")];
  const submit = root.querySelector<HTMLElement>("[data-submit]");
  if (steps.length < 2 || submit === null) return;
  const count = element("span", { role: "status" });
  const back = element("button", { type: "button", class: "btn lf-big" }, texts("back"));
  const next = element("button", { type: "button", class: "btn btn-primary lf-big" }, texts("next"));
  const bar = element("div", { class: "lf-steps-bar" }, count, back, next);
  submit.before(bar);
  let current = Math.max(0, steps.findIndex((step) => step.querySelector(".lf-field-errors") !== null));

  const show = (number: number, focus: boolean): void => {
    current = number;
    for (const [at, step] of steps.entries()) step.hidden = at !== current;
    count.textContent = texts("step", { n: current + 1, total: steps.length });
    back.hidden = current === 0;
    const last = current === steps.length - 1;
    next.hidden = last;
    submit.hidden = !last;
    if (focus) steps[current]?.querySelector<HTMLElement>("legend")?.focus();
  };
  const firstInvalid = (step: HTMLElement): HTMLInputElement | undefined =>
    [...step.querySelectorAll<HTMLInputElement>("input, select")].find((field) => !field.checkValidity());
  next.addEventListener("click", () => {
    const step = steps[current];
    const wrong = step === undefined ? undefined : firstInvalid(step);
    if (wrong !== undefined) wrong.reportValidity();
    else show(current + 1, true);
  });
  back.addEventListener("click", () => {
    show(current - 1, true);
  });
  // Enter in a field goes on to the next step; the last one sends.
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement) || current === steps.length - 1) return;
    event.preventDefault();
    next.click();
  });
  show(current, false);
}
