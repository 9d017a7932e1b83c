import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

const SEQUENCE = 0x30;
const ECDSA_WITH_SHA256 = tlv(SEQUENCE, tlv(0x06, Buffer.from("2a8648ce3d040302", "hex")));
const COMMON_NAME = tlv(0x06, Buffer.from("550403", "hex"));

/** A key and a certificate for `localhost` that it signed itself, as PEM; each call makes another one. */
export function selfSigned(): { cert: string; key: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const attribute = tlv(SEQUENCE, COMMON_NAME, tlv(0x0c, Buffer.from("localhost")));
  const name = tlv(SEQUENCE, tlv(0x31, attribute));
  const validity = tlv(SEQUENCE, ...["20200101000000Z", "20991231235959Z"].map((time) => tlv(0x18, Buffer.from(time))));
  const serial = tlv(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)]));
  const spki = publicKey.export({ type: "spki", format: "der" });
  const body = tlv(SEQUENCE, serial, ECDSA_WITH_SHA256, name, validity, name, spki);
  const signature = tlv(0x03, Buffer.of(0), sign("sha256", body, privateKey));
  const der = tlv(SEQUENCE, body, ECDSA_WITH_SHA256, signature);
  // An empty line would end the PEM's own header.
  const lines = der
    .toString("base64")
    .match(/.{1,64}/g)
    ?.join("\n");
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** One element of DER. */
function tlv(tag: number, ...parts: Uint8Array[]): Buffer {
  const value = Buffer.concat(parts);
  const { length } = value;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...head), value]);
}
