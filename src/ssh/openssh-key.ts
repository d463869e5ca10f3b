import type { KeyObject } from 'node:crypto'
import { type PemBlock, pemText } from './pem.ts'

/** OpenSSH's PROTOCOL.key: what its own key files begin with. */
const MAGIC = Buffer.from('openssh-key-v1\0')
const LABEL = 'OPENSSH PRIVATE KEY'
/** Whatever is not encrypted is filled up to this with 1, 2, 3 … */
const BLOCK_BYTES = 8

/** By which cipher a key file is encrypted, as it says itself; empty where it names none. */
export function encryptionOf({ label, headers, base64 }: PemBlock): string {
  if (label !== LABEL) return /^DEK-Info:\s*([^,]+),/u.exec(headers.at(-1) ?? '')?.[1] ?? ''
  const bytes = Buffer.from(base64, 'base64').subarray(MAGIC.length)
  return bytes.length < 4 ? '' : bytes.toString('latin1', 4, 4 + bytes.readUInt32BE(0))
}

/** An Ed25519 key in OpenSSH's own form, not encrypted: PEM has no other one that SSH libraries read. */
export function openSshEd25519(key: KeyObject): string {
  const { d = '', x = '' } = key.export({ format: 'jwk' })
  const seed = Buffer.from(d, 'base64url')
  const publicKey = Buffer.from(x, 'base64url')
  const type = string('ssh-ed25519')
  const check = Buffer.alloc(8)
  const secret = [check, type, string(publicKey), string(Buffer.concat([seed, publicKey])), string('')]
  const none = [string('none'), string('none'), string('')]
  const file = [
    MAGIC,
    ...none,
    uint32(1),
    string(Buffer.concat([type, string(publicKey)])),
    string(padded(Buffer.concat(secret))),
  ]
  return pemText({ label: LABEL, headers: [], base64: Buffer.concat(file).toString('base64') })
}

function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([uint32(bytes.length), bytes])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function padded(bytes: Buffer): Buffer {
  const missing = (BLOCK_BYTES - (bytes.length % BLOCK_BYTES)) % BLOCK_BYTES
  return Buffer.concat([bytes, Buffer.from(Array.from({ length: missing }, (_, index) => index + 1))])
}
