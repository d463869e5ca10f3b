import { createPrivateKey } from 'node:crypto'
import { inspect, types } from 'node:util'
import ssh2, { type ParsedKey } from 'ssh2'
import type { SshProblem } from '../model/problem.ts'
import type { Secret } from '../model/secret.ts'
import { encryptionOf, openSshEd25519 } from './openssh-key.ts'
import { type PemBlock, pemText, readPrivateKeyPem } from './pem.ts'

type PrivateKeyProblem = Extract<SshProblem, { readonly code: 'ssh.private_key_unusable' }>

export type KeyPreparation =
  | { readonly kind: 'usable'; readonly key: PreparedKey }
  | ({ readonly kind: 'unusable' } & Pick<PrivateKeyProblem, 'reason' | 'detail'>)

/** A decrypted private key that has signed once. Printing it shows its type only. */
export class PreparedKey {
  readonly #key: ParsedKey

  constructor(key: ParsedKey) {
    this.#key = key
  }

  /** For authentication only, under the same rules as {@link Secret.reveal}. */
  reveal(): ParsedKey {
    return this.#key
  }

  /** As known_hosts and authorized_keys name it, such as `ssh-ed25519`. */
  get keyType(): string {
    return this.#key.type
  }

  [inspect.custom](): string {
    return `PreparedKey(${this.keyType})`
  }
}

/**
 * Repairs and decrypts a private key: OpenSSH, PEM (RSA, EC), and PKCS#8 (RSA, EC, Ed25519). Makes no connection, so
 * that a bad key is a mistake in the configuration. No problem ever quotes the key: even the messages of the
 * libraries do, so they are told apart here and not passed on.
 */
export function prepareKey(privateKey: Secret, passphrase?: Secret): KeyPreparation {
  const text = privateKey.reveal().trim()
  const reading = readPrivateKeyPem(text)
  switch (reading.kind) {
    case 'none':
      return withoutPem(text)
    case 'damaged':
      return unusable('not-a-private-key', reading.detail)
    case 'found':
      return fromPem(reading.block, passphrase?.reveal() ?? '')
  }
}

/** An attempt of a library; `message` may quote the key. */
type Attempt<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly message: string }

function fromPem(block: PemBlock, passphrase: string): KeyPreparation {
  if (block.label !== 'PRIVATE KEY' && block.label !== 'ENCRYPTED PRIVATE KEY')
    return fromSsh2(block, passphrase)
  const encrypted = block.label === 'ENCRYPTED PRIVATE KEY'
  if (encrypted && passphrase === '') return passphraseMissing()
  const readable = attempt(() => forSsh2(pemText(block), passphrase))
  if (readable.kind === 'done') return readable.value === '' ? unsupported() : fromText(readable.value)
  if (/digital envelope routines::unsupported/u.test(readable.message)) return encryptionUnsupported('')
  return encrypted ? passphraseWrong() : damaged()
}

/** ssh2 does not read PKCS#8; Node does. Empty for a type that SSH does not know. */
function forSsh2(pkcs8: string, passphrase: string): string {
  const key = createPrivateKey({ key: pkcs8, format: 'pem', passphrase })
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return key.export({ type: 'pkcs1', format: 'pem' }).toString()
    case 'ec':
      return key.export({ type: 'sec1', format: 'pem' }).toString()
    case 'ed25519':
      return openSshEd25519(key)
    default:
      return ''
  }
}

function fromText(pem: string): KeyPreparation {
  const key = attempt(() => signingKey(pem))
  if (key.kind === 'done') return accepted(key.value)
  return isUnsupported(key.message) ? unsupported() : damaged()
}

/** ssh2 knows its name as that of a cipher for connections, and takes its failure for a wrong passphrase's. */
const UNREADABLE = 'chacha20-poly1305@openssh.com'

function fromSsh2(block: PemBlock, passphrase: string): KeyPreparation {
  const pem = pemText(block)
  const plain = attempt(() => signingKey(pem))
  if (plain.kind === 'done') return accepted(plain.value)
  const cipher = encryptionOf(block)
  if (/[Cc]ipher .*not supported|Unsupported (?:cipher|kdf)/u.test(plain.message) || cipher === UNREADABLE)
    return encryptionUnsupported(cipher)
  if (isUnsupported(plain.message)) return unsupported()
  if (!plain.message.includes('no passphrase given')) return damaged()
  if (passphrase === '') return passphraseMissing()
  const decrypted = attempt(() => signingKey(pem, passphrase))
  if (decrypted.kind === 'done') return accepted(decrypted.value)
  return isUnsupported(decrypted.message) ? unsupported() : passphraseWrong()
}

/** The key, after it has signed: a wrong passphrase can decrypt to something that merely parses. */
function signingKey(pem: string, passphrase?: string): ParsedKey {
  const key = ssh2.utils.parseKey(pem, passphrase)
  if (types.isNativeError(key)) throw key
  const signature: unknown = key.sign('probe', key.type === 'ssh-rsa' ? 'sha256' : undefined)
  if (types.isNativeError(signature)) throw signature
  return key
}

function accepted(key: ParsedKey): KeyPreparation {
  return key.type === 'ssh-dss' ? unsupported() : { kind: 'usable', key: new PreparedKey(key) }
}

function attempt<T>(action: () => T): Attempt<T> {
  try {
    return { kind: 'done', value: action() }
  } catch (error) {
    return { kind: 'failed', message: types.isNativeError(error) ? error.message : '' }
  }
}

/**
 * By the messages of ssh2 1.17, keyParser.js; "key magic" is its word for bytes that are no key at all, "state" is Node's for
 * a passphrase that does not open AES-GCM.
 */
function isUnsupported(message: string): boolean {
  return /^Unsupported (?!OpenSSH key magic|key format|state)|not supported/.test(message)
}

function withoutPem(text: string): KeyPreparation {
  if (text === '') return unusable('not-a-private-key', 'it is empty')
  if (text.startsWith('PuTTY-User-Key-File-')) {
    return unusable('unsupported', 'a PuTTY key file: export it as an OpenSSH key')
  }
  if (/^(ssh-|ecdsa-|sk-)\S+ AAAA/.test(text) || /^-{4,5} ?BEGIN [A-Z0-9 ]*PUBLIC KEY/.test(text)) {
    return unusable('public-key-given', 'a public key: give the file without .pub')
  }
  return unusable('not-a-private-key', 'no "-----BEGIN … PRIVATE KEY-----" line')
}

function passphraseMissing(): KeyPreparation {
  return unusable('passphrase-missing', 'the key is encrypted and no passphrase was given')
}

function passphraseWrong(): KeyPreparation {
  return unusable('passphrase-wrong', 'the passphrase does not decrypt the key')
}

function damaged(): KeyPreparation {
  return unusable('not-a-private-key', 'its content is truncated or damaged')
}

function encryptionUnsupported(cipher: string): KeyPreparation {
  return unusable('encryption-unsupported', cipher === '' ? 'an algorithm of old times' : shortName(cipher))
}

/** What a file calls its cipher is a name; anything else in its place is not shown. */
function shortName(cipher: string): string {
  return /^[\w@.-]{1,64}$/u.test(cipher) ? cipher : 'an unknown cipher'
}

function unsupported(): KeyPreparation {
  return unusable('unsupported', 'use an OpenSSH key of type Ed25519, ECDSA or RSA, not bound to a device')
}

function unusable(reason: PrivateKeyProblem['reason'], detail: string): KeyPreparation {
  return { kind: 'unusable', reason, detail }
}
