/** Hands on the plot: drag and two fingers, Ctrl + wheel, keys. */
import { timeAt, zoomed, type Window } from "./scale";
import type { TimelineView } from "./view";

const WHEEL_STEP = 0.0022;
const KEY_ZOOM = 0.7;
const KEY_PAN = 0.15;
/** A pointer that moved less than this was a click. */
const SLIP_PX = 5;

export interface Hands {
  onStep: (by: 1 | -1) => void;
  onPick: (event: PointerEvent) => void;
}

function wheel(view: TimelineView): void {
  view.scroll.addEventListener(
    "wheel",
    (event) => {
      const sideways = event.shiftKey ? event.deltaY : event.deltaX;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const box = view.plot.getBoundingClientRect();
        view.zoom(Math.exp(event.deltaY * WHEEL_STEP), timeAt(view.window, box.width, event.clientX - box.left), false);
      } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
        event.preventDefault();
        view.pan(sideways / Math.max(view.plot.clientWidth, 1));
      }
    },
    { passive: false },
  );
}

interface Grip {
  window: Window;
  /** Pointer positions when the grip began, by pointer id. */
  began: Map<number, number>;
}

/** The span that keeps the instants first gripped under the fingers. */
function dragged(grip: Grip, now: Map<number, number>, width: number, widest: number): Window {
  const ids = [...grip.began.keys()];
  const at = (where: Map<number, number>): number => ids.reduce((sum, id) => sum + (where.get(id) ?? 0), 0) / ids.length;
  const apart = (where: Map<number, number>): number => Math.abs((where.get(ids[0] ?? 0) ?? 0) - (where.get(ids[1] ?? 0) ?? 0));
  const factor = ids.length > 1 ? apart(grip.began) / Math.max(apart(now), 1) : 1;
  const centre = timeAt(grip.window, width, at(grip.began));
  const scaled = zoomed(grip.window, factor, centre, widest);
  const move = ((at(grip.began) - at(now)) / width) * (scaled.until - scaled.from);
  return { from: scaled.from + move, until: scaled.until + move };
}

function drag(view: TimelineView, hands: Hands): void {
  const now = new Map<number, number>();
  let grip: Grip | undefined;
  let slipped = false;
  const regrip = (): void => {
    grip = now.size > 0 ? { window: view.window, began: new Map(now) } : undefined;
  };
  view.plot.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (now.size === 0) slipped = false;
    now.set(event.pointerId, event.clientX);
    regrip();
  });
  view.plot.addEventListener("pointermove", (event) => {
    if (!grip || !now.has(event.pointerId)) return;
    now.set(event.pointerId, event.clientX);
    if (!slipped && Math.abs(event.clientX - (grip.began.get(event.pointerId) ?? 0)) < SLIP_PX) return;
    if (!slipped) view.plot.setPointerCapture(event.pointerId);
    slipped = true;
    const whole = view.whole();
    view.show(dragged(grip, now, Math.max(view.plot.clientWidth, 1), (whole.until - whole.from) * 1.5));
  });
  const end = (event: PointerEvent): void => {
    if (!now.delete(event.pointerId)) return;
    regrip();
    if (!slipped && event.type === "pointerup") hands.onPick(event);
  };
  view.plot.addEventListener("pointerup", end);
  view.plot.addEventListener("pointercancel", end);
}

function keys(view: TimelineView, hands: Hands): void {
  const actions: Record<string, () => void> = {
    ArrowLeft: () => { view.pan(-KEY_PAN); },
    ArrowRight: () => { view.pan(KEY_PAN); },
    "+": () => { view.zoom(KEY_ZOOM); },
    "=": () => { view.zoom(KEY_ZOOM); },
    "-": () => { view.zoom(1 / KEY_ZOOM); },
    "0": () => { view.fit(); },
    n: () => { hands.onStep(1); },
    p: () => { hands.onStep(-1); },
  };
  view.scroll.addEventListener("keydown", (event) => {
    const action = actions[event.key];
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  });
}

/** Attach all of them. */
export function takeHands(view: TimelineView, hands: Hands): void {
  wheel(view);
  drag(view, hands);
  keys(view, hands);
}
