/** Seals what only the centre may read; the twin that opens it is src/lianfang/wire/sealed.py. */
import { ofHex, toHex } from "./bytes";

const P256: EcKeyImportParams = { name: "ECDH", namedCurve: "P-256" };
const INFO = new TextEncoder().encode("lianfang sealed 1");

/** The text sealed to the point (uncompressed, hex) of the centre's key, in hex. */
export async function seal(text: string, to: string): Promise<string> {
  const centre = await crypto.subtle.importKey("raw", ofHex(to), P256, false, []);
  const once = await crypto.subtle.generateKey(P256, false, ["deriveBits"]);
  const own = new Uint8Array(await crypto.subtle.exportKey("raw", once.publicKey));
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: centre }, once.privateKey, 256);
  const secret = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const derived: HkdfParams = { name: "HKDF", hash: "SHA-256", salt: own, info: INFO };
  const key = await crypto.subtle.deriveKey(derived, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const sealing: AesGcmParams = { name: "AES-GCM", iv: new Uint8Array(12), additionalData: own };
  const content = await crypto.subtle.encrypt(sealing, key, new TextEncoder().encode(text));
  return toHex(own) + toHex(new Uint8Array(content));
}
