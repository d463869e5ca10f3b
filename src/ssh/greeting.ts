import type { AlgorithmKind } from '../model/problem.ts'

/** What the server takes, by kind, as it said itself. */
export type ServerOffer = Readonly<Record<AlgorithmKind, readonly string[]>>

/** More than a server says before the key exchange begins. */
const MOST_BYTES = 32 * 1024

/** RFC 4253 section 7.1: SSH_MSG_KEXINIT, and the random bytes before its lists. */
const KEXINIT = 20
const COOKIE_BYTES = 16

/** How other protocols begin. */
const OTHER_PROTOCOL = /^(?:HTTP\/|<|RFB |\+OK|\* OK|-ERR|\d{3}[ -])/u
/** The first byte of an alert and of a handshake of TLS. */
const TLS_RECORDS: readonly number[] = [0x15, 0x16]

/**
 * The first bytes of a server: lines in its own words, its version (RFC 4253 section 4.2), the algorithms that it takes. A server
 * that turns a connection away says why in such a line, and then hangs up: ssh2 drops it.
 */
export class Greeting {
  #bytes: Buffer = Buffer.alloc(0)

  push(chunk: Buffer): void {
    const room = MOST_BYTES - this.#bytes.length
    if (room > 0) this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(0, room)])
  }

  /** What came before the version, or instead of one; empty where that was nothing. */
  said(): string {
    const at = this.#versionAt()
    return this.#bytes.toString('utf8', 0, at === -1 ? undefined : at).trim()
  }

  /** Whether what came is the beginning of another protocol. */
  isOtherProtocol(): boolean {
    if (this.#versionAt() !== -1 || this.#bytes.length === 0) return false
    return TLS_RECORDS.includes(this.#bytes[0] ?? 0) || OTHER_PROTOCOL.test(this.said())
  }

  /** Undefined where it did not come whole. */
  offer(): ServerOffer | undefined {
    const at = this.#versionAt()
    const lineEnd = at === -1 ? -1 : this.#bytes.indexOf(0x0a, at)
    if (lineEnd === -1) return undefined
    // Length of the packet (4 bytes), length of its padding, kind of its message.
    const packet = this.#bytes.subarray(lineEnd + 1)
    if (packet.length < 6 || packet[5] !== KEXINIT) return undefined
    const lists = nameLists(packet.subarray(6 + COOKIE_BYTES))
    const [keyExchange, hostKey, cipher, , mac, , compression] = lists
    if (compression === undefined) return undefined
    return {
      // Marks of protocol extensions stand among the key exchanges.
      'key-exchange': (keyExchange ?? []).filter((name) => !/^(?:ext-info-|kex-strict-)/u.test(name)),
      'host-key': hostKey ?? [],
      cipher: cipher ?? [],
      mac: mac ?? [],
      compression,
    }
  }

  #versionAt(): number {
    if (this.#bytes.subarray(0, 4).toString('latin1') === 'SSH-') return 0
    const at = this.#bytes.indexOf('\nSSH-')
    return at === -1 ? -1 : at + 1
  }
}

/** Lists of names, each behind its length, as far as they came whole. */
function nameLists(bytes: Buffer): readonly (readonly string[])[] {
  const lists: string[][] = []
  let at = 0
  while (at + 4 <= bytes.length) {
    const end = at + 4 + bytes.readUInt32BE(at)
    if (end > bytes.length) break
    lists.push(
      bytes
        .toString('latin1', at + 4, end)
        .split(',')
        .filter((name) => name !== ''),
    )
    at = end
  }
  return lists
}
