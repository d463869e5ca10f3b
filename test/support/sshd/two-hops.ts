import type { SshConnection } from '../../../src/model/connection.ts'
import { DeployError, type Problem } from '../../../src/model/problem.ts'
import { Secret } from '../../../src/model/secret.ts'
import type { HostKeyPolicy, SshServer, SshTarget } from '../../../src/ssh/target.ts'
import { account, KeyRing, LOOPBACK, type Sshd, startSshd } from './sshd.ts'

/**
 * A bastion and a host behind it. Each has a host key and an authorized key of its own, so that nothing works by
 * the other's; the bastion runs no command.
 */
export class TwoHops {
  readonly keys: KeyRing
  readonly bastion: Sshd
  readonly host: Sshd

  private constructor(keys: KeyRing, bastion: Sshd, host: Sshd) {
    this.keys = keys
    this.bastion = bastion
    this.host = host
  }

  static async start(): Promise<TwoHops> {
    const keys = new KeyRing()
    for (const name of ['bastion_key', 'host_key', 'bastion_user', 'host_user', 'stranger']) {
      keys.make(name, 'ed25519')
    }
    const [bastion, host] = await Promise.all([
      startBastion(keys, 'MaxSessions 0'),
      startSshd(keys, { hostKeys: ['host_key'], authorized: ['host_user'] }),
    ])
    return new TwoHops(keys, bastion, host)
  }

  async stop(): Promise<void> {
    await Promise.all([this.bastion.stop(), this.host.stop()])
    this.keys.dispose()
  }

  secret(name: string): Secret {
    return new Secret(this.keys.privateText(name))
  }

  known(port: number, key: string): HostKeyPolicy {
    return { kind: 'known-hosts', text: `[${LOOPBACK}]:${port} ${this.keys.publicText(key)}` }
  }

  bastionServer(changes: Partial<SshServer> = {}): SshServer {
    const port = changes.port ?? this.bastion.port
    return {
      host: LOOPBACK,
      port,
      username: account,
      privateKey: this.secret('bastion_user'),
      hostKeys: this.known(port, 'bastion_key'),
      ...changes,
    }
  }

  target(changes: Partial<SshTarget> = {}, ofBastion: Partial<SshServer> = {}): SshTarget {
    const port = changes.port ?? this.host.port
    return {
      host: LOOPBACK,
      port,
      username: account,
      privateKey: this.secret('host_user'),
      hostKeys: this.known(port, 'host_key'),
      route: { kind: 'through-bastion', bastion: this.bastionServer(ofBastion) },
      connectTimeoutSeconds: 20,
      ...changes,
    }
  }
}

/** One more server that passes for the bastion. */
export function startBastion(keys: KeyRing, ...config: readonly string[]): Promise<Sshd> {
  return startSshd(keys, { hostKeys: ['bastion_key'], authorized: ['bastion_user'], config })
}

/** The problem that an action fails with. */
export async function problemOf(action: Promise<unknown>): Promise<Problem> {
  try {
    await action
  } catch (error) {
    if (error instanceof DeployError) return error.problem
    throw error
  }
  throw new Error('nothing was thrown')
}

/** What a command prints on the host. */
export async function outputOf(connection: SshConnection, command: string): Promise<string> {
  const channel = await connection.open(command)
  const chunks: Buffer[] = []
  for await (const chunk of channel.stdout) chunks.push(chunk)
  return Buffer.concat(chunks).toString().trim()
}
