/** What this phone keeps of its codes: one key and the last code of each person. Gone when the citizen closes the page. */
import { type DBSchema, deleteDB, type IDBPDatabase, openDB } from "idb";

const NAME = "lianfang-my-code";

export interface Token {
  text: string;
  colour: string;
  issued_at: number;
  expires_at: number;
}

export interface Kept {
  person: string;
  key: CryptoKeyPair;
  token?: Token;
}

interface Shape extends DBSchema {
  codes: { key: string; value: Kept };
}

export class Store {
  private isForgotten = false;

  private constructor(private readonly db: IDBPDatabase<Shape>) {}

  static async open(): Promise<Store> {
    const db = await openDB<Shape>(NAME, 1, {
      upgrade(made) {
        made.createObjectStore("codes", { keyPath: "person" });
      },
    });
    return new Store(db);
  }

  async of(person: string): Promise<Kept | undefined> {
    return await this.db.get("codes", person);
  }

  async put(kept: Kept): Promise<void> {
    if (!this.isForgotten) await this.db.put("codes", kept);
  }

  /** Remove keys and codes from this phone. */
  async forget(): Promise<void> {
    this.isForgotten = true;
    this.db.close();
    await deleteDB(NAME);
  }
}
