/** What was scanned, in IndexedDB before anything is shown; gone only when the door says that it is on its disk. */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";

export type Kind = "asked" | "unread" | "let_in" | "exit" | "head_in" | "head_out";

export interface Scan {
  client_id: string;
  kind: Kind;
  text: string;
  tenths_celsius: number | null;
  first_tenths_celsius: number | null;
  /** An identity number, sealed to the centre's key. */
  sealed?: string;
  /** What was shown already while the door had no record of it. */
  shown?: string;
  /** Milliseconds since the epoch, by this device's clock. */
  at: number;
}

interface Shape extends DBSchema {
  scans: { key: string; value: Scan; indexes: { at: number } };
}

export interface Waiting {
  depth: number;
  oldestAt: number | undefined;
}

export class Outbox {
  private constructor(private readonly db: IDBPDatabase<Shape>) {}

  static async open(): Promise<Outbox> {
    const db = await openDB<Shape>("lianfang-scanner", 1, {
      upgrade(made) {
        made.createObjectStore("scans", { keyPath: "client_id" }).createIndex("at", "at");
      },
    });
    return new Outbox(db);
  }

  /** Resolves once it is on the disk, not merely in the browser's memory. */
  async put(scan: Scan): Promise<void> {
    const tx = this.db.transaction("scans", "readwrite", { durability: "strict" });
    await Promise.all([tx.store.put(scan), tx.done]);
  }

  async remove(ids: readonly string[]): Promise<void> {
    const tx = this.db.transaction("scans", "readwrite");
    await Promise.all([...ids.map((id) => tx.store.delete(id)), tx.done]);
  }

  /** The oldest first. */
  async oldest(most: number): Promise<Scan[]> {
    return await this.db.getAllFromIndex("scans", "at", null, most);
  }

  async waiting(): Promise<Waiting> {
    const [first] = await this.oldest(1);
    return { depth: await this.db.count("scans"), oldestAt: first?.at };
  }
}
