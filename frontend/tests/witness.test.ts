import { describe, expect, it } from "vitest";

import { type Head, isConsistent, witness } from "../src/wire/witness";

/** The roots of the trees of 1 to 8 leaves, and proofs between them, of the published test vectors. */
const ROOTS = [
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const PROOFS: [number, number, string[]][] = [
  [1, 8, [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
  ]],
  [3, 7, [
    "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
    "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "837dbb152e9b079010717e84e865da4ebc0fa198a806d59d31bf15accef22d0e",
  ]],
  [4, 7, [
    "837dbb152e9b079010717e84e865da4ebc0fa198a806d59d31bf15accef22d0e",
  ]],
  [6, 8, [
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  ]],
  [2, 5, [
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
  ]],
];

const head = (size: number): Head => ({ size, root: ROOTS[size - 1] ?? "" });

class Memory {
  kept = new Map<string, string>();
  getItem = (name: string): string | null => this.kept.get(name) ?? null;
  setItem = (name: string, value: string): void => void this.kept.set(name, value);
}

describe("a log that grew", () => {
  it.each(PROOFS)("is proven from %i to %i entries, and by no other proof", async (old, now, proof) => {
    expect(await isConsistent(head(old), head(now), proof)).toBe(true);
    expect(await isConsistent(head(old), head(now), proof.slice(1))).toBe(false);
    expect(await isConsistent({ ...head(old), root: "00".repeat(32) }, head(now), proof)).toBe(false);
    expect(await isConsistent(head(now), head(old), proof)).toBe(false);
  });

  it("is gone along with; one that shrank or was changed is not, and is still not the next time", async () => {
    const store = new Memory() as unknown as Storage;
    const prove = (old: number, now: number): Promise<string[] | undefined> =>
      Promise.resolve(PROOFS.find(([from, to]) => from === old && to === now)?.[2]);
    expect(await witness(store, "head", head(3), prove)).toBe("kept");
    expect(await witness(store, "head", head(3), prove)).toBe("kept");
    expect(await witness(store, "head", head(5), prove)).toBe("unproven");
    expect(await witness(store, "head", head(7), prove)).toBe("kept");
    for (const odd of [head(3), { size: 7, root: ROOTS[0] ?? "" }]) {
      expect(await witness(store, "head", odd, prove)).toBe("rewritten");
    }
    expect(await witness(store, "head", head(7), prove)).toBe("kept");
  });
});
