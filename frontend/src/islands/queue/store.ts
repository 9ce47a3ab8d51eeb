/** What waits on this phone, in IndexedDB: kept when the page is closed, gone only when the server has answered. */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";

interface Waiting {
  client_id: string;
  person: string;
  taken_at: string;
}

export interface HealthRecord extends Waiting {
  /** Absent in what was kept before arrivals were. */
  kind?: "record";
  way: string;
  tenths_celsius: number | null;
  symptoms: string[];
  is_reached: boolean;
  note: string;
}

export interface Arrival extends Waiting {
  kind: "arrival";
  returned: string;
  arrived_on: string;
}

export type Entry = HealthRecord | Arrival;

interface Shape extends DBSchema {
  entries: { key: string; value: Entry; indexes: { taken: string } };
}

/** Everything waiting belongs to one account: another one on the same phone does not send it. */
export class Store {
  private constructor(private readonly db: IDBPDatabase<Shape>) {}

  static async open(account: string): Promise<Store> {
    const db = await openDB<Shape>(`lianfang-follow-up-${account}`, 1, {
      upgrade(made) {
        made.createObjectStore("entries", { keyPath: "client_id" }).createIndex("taken", "taken_at");
      },
    });
    return new Store(db);
  }

  async add(entry: Entry): Promise<void> {
    await this.db.put("entries", entry);
  }

  /** All entries, the oldest first. */
  async all(): Promise<Entry[]> {
    return await this.db.getAllFromIndex("entries", "taken");
  }

  async remove(ids: readonly string[]): Promise<void> {
    const tx = this.db.transaction("entries", "readwrite");
    await Promise.all([...ids.map((id) => tx.store.delete(id)), tx.done]);
  }
}
