import { describe, expect, it } from "vitest";

import type { Answer, Door } from "../src/scanner/door";
import type { Outbox, Scan } from "../src/scanner/outbox";
import { lookOf, shapeOf, tenthsOf } from "../src/scanner/signs";
import { Work } from "../src/scanner/work";

const SCAN: Scan = { client_id: "scan-1", kind: "asked", text: "JK1:X", tenths_celsius: 365, first_tenths_celsius: null, at: 1_000 };
const ADMIT: Answer = { outcome: "admit", reasons: [], inside: 1, cap: null, recorded: true, snapshot_age_s: 1 };

class Kept {
  rows = new Map<string, Scan>();
  put = (scan: Scan): Promise<void> => {
    this.rows.set(scan.client_id, scan);
    return Promise.resolve();
  };
  oldest = (most: number): Promise<Scan[]> => Promise.resolve([...this.rows.values()].slice(0, most));
  remove = (ids: readonly string[]): Promise<void> => {
    for (const id of ids) this.rows.delete(id);
    return Promise.resolve();
  };
}

function at(answers: (Answer[] | undefined)[], now = 2_000): { kept: Kept; asked: Scan[][]; held: number[]; work: Work } {
  const kept = new Kept();
  const asked: Scan[][] = [];
  const held: number[] = [];
  const door = {
    ask: (scans: Scan[]) => {
      asked.push([...scans]);
      held.push(kept.rows.size);
      return Promise.resolve(answers.shift());
    },
  };
  return { kept, asked, held, work: new Work(kept as unknown as Outbox, door as unknown as Door, () => now) };
}

describe("a scan", () => {
  it("is kept before the door is asked, and forgotten when the door has it on its disk", async () => {
    const { kept, held, work } = at([[ADMIT]]);
    expect((await work.take(SCAN)).answer).toEqual(ADMIT);
    expect(held).toEqual([1]);
    expect(kept.rows.size).toBe(0);
  });

  it("stays here with what was shown while the door cannot be reached, and is handed over once", async () => {
    const { kept, asked, work } = at([undefined, undefined, [ADMIT]]);
    expect(await work.take(SCAN)).toMatchObject({ reached: false, answer: { outcome: "check" } });
    await work.flush();
    expect(kept.rows.get("scan-1")).toMatchObject({ kind: "unread", shown: "check" });
    await work.flush();
    expect(asked[2]?.[0]).toMatchObject({ kind: "unread", shown: "check", text: "JK1:X" });
    expect(kept.rows.size).toBe(0);
    await work.flush();
    expect(asked).toHaveLength(3);
  });

  it("keeps the verdict of a door whose disk is full", async () => {
    const { kept, work } = at([[{ ...ADMIT, recorded: false }]]);
    expect((await work.take(SCAN)).reached).toBe(true);
    expect(kept.rows.get("scan-1")).toMatchObject({ kind: "asked", shown: "admit" });
  });

  it("left from an earlier start is handed over as one that staff looked at; one under way is left alone", async () => {
    const { kept, asked, work } = at([[ADMIT]], 60_000);
    await kept.put(SCAN);
    await kept.put({ ...SCAN, client_id: "scan-2", at: 59_999 });
    await work.flush();
    expect(asked[0]).toMatchObject([{ client_id: "scan-1", kind: "unread", shown: "check" }]);
    expect([...kept.rows.keys()]).toEqual(["scan-2"]);
  });
});

it("tells verdicts apart by shape", () => {
  expect(new Set(["admit", "check", "refuse"].map((outcome) => shapeOf(lookOf(outcome)))).size).toBe(3);
  expect(lookOf("something newer")).toBe("look");
});

it("reads temperatures as they are typed", () => {
  expect(["36.6", "36,6", "366", "３６．６", "", "x", "20", "36.6.1"].map(tenthsOf)).toEqual([366, 366, 366, 366, null, undefined, undefined, undefined]);
});
