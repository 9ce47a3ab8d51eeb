/** Swabs taken on this phone, in IndexedDB: gone only when the server has answered about them. */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";

export interface Swab {
  client_id: string;
  tube: string;
  subject: string;
  is_shared: boolean;
  collected_at: string;
}

interface Shape extends DBSchema {
  swabs: { key: string; value: Swab; indexes: { taken: string } };
}

/** What waits belongs to one account: another one on the same phone does not send it. */
export class Store {
  private constructor(private readonly db: IDBPDatabase<Shape>) {}

  static async open(account: string): Promise<Store> {
    const db = await openDB<Shape>(`lianfang-sampling-${account}`, 1, {
      upgrade(made) {
        made.createObjectStore("swabs", { keyPath: "client_id" }).createIndex("taken", "collected_at");
      },
    });
    return new Store(db);
  }

  async add(swab: Swab): Promise<void> {
    await this.db.put("swabs", swab);
  }

  /** All swabs, the oldest first: in a shared tube the order is the position. */
  async all(): Promise<Swab[]> {
    return await this.db.getAllFromIndex("swabs", "taken");
  }

  async remove(ids: readonly string[]): Promise<void> {
    const tx = this.db.transaction("swabs", "readwrite");
    await Promise.all([...ids.map((id) => tx.store.delete(id)), tx.done]);
  }
}
