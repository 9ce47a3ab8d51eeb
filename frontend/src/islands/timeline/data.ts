/** What the server sends for a presence timeline. Instants are epoch seconds, spans half-open. */
import { DataError, finite, id, listOf, localHref, oneOf, orElse, shape, text, type Decoder } from "../json";

export const ROLES = ["index", "source", "exposed", "overlap", "other"] as const;
export type Role = (typeof ROLES)[number];

export interface Lane {
  id: string;
  label: string;
  /** A PlaceKind; its word comes from the server. */
  kind: string;
  href: string;
}

export interface Bar {
  id: string;
  lane: string;
  start: number;
  end: number;
  label: string;
  role: Role;
  href: string;
  /** For an overlap: the id of the stay it highlights; "" = found by containment. */
  of: string;
}

export interface Step {
  step: number;
  lane: string;
  at: number;
  until: number;
  label: string;
}

export interface TimelineData {
  from: number;
  until: number;
  lanes: Lane[];
  bars: Bar[];
  path: Step[];
  /** Lanes that exist but were not sent. */
  more: number;
}

const decode = shape<TimelineData>({
  from: finite,
  until: finite,
  lanes: listOf(shape<Lane>({ id, label: text, kind: orElse(text, ""), href: localHref })),
  bars: listOf(
    shape<Bar>({
      id,
      lane: id,
      start: finite,
      end: finite,
      label: orElse(text, ""),
      role: oneOf(...ROLES),
      href: localHref,
      of: orElse(id, ""),
    }),
  ),
  path: orElse(listOf(shape<Step>({ step: finite, lane: id, at: finite, until: finite, label: text })), []),
  more: orElse(finite, 0),
});

function checkLanes(rows: { lane: string }[], known: Set<string>, path: string): void {
  const at = rows.findIndex((row) => !known.has(row.lane));
  if (at >= 0) throw new DataError(`${path}[${at}].lane: no such lane`);
}

/** Checks types, that every lane exists and that no span runs backwards. Throws DataError. */
export const decodeTimeline: Decoder<TimelineData> = (value, path) => {
  const data = decode(value, path);
  const lanes = new Set(data.lanes.map((lane) => lane.id));
  checkLanes(data.bars, lanes, `${path}.bars`);
  checkLanes(data.path, lanes, `${path}.path`);
  const backwards = data.bars.findIndex((bar) => bar.end < bar.start);
  if (backwards >= 0) throw new DataError(`${path}.bars[${backwards}].end: not before its start expected`);
  if (data.lanes.length > 0 && data.until <= data.from) throw new DataError(`${path}.until: after from expected`);
  return { ...data, path: [...data.path].sort((a, b) => a.step - b.step) };
};
