import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

export const LOOPBACK = '127.0.0.1'

/** Key pairs of a test file, made by ssh-keygen, in a directory that goes when it is disposed of. */
export class KeyRing {
  readonly directory = mkdtempSync(join(tmpdir(), 'sshd-'))

  /** Makes a key pair; `options` are those of ssh-keygen. */
  make(name: string, type: string, ...options: readonly string[]): void {
    const path = this.path(name)
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', name, ...options, '-f', path])
  }

  path(name: string): string {
    return join(this.directory, name)
  }

  privateText(name: string): string {
    return readFileSync(this.path(name), 'utf8')
  }

  /** Type and key, without the comment. */
  publicText(name: string): string {
    return readFileSync(`${this.path(name)}.pub`, 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ')
  }

  dispose(): void {
    rmSync(this.directory, { recursive: true })
  }
}

export interface SshdOptions {
  /** Names of keys of the ring. */
  readonly hostKeys: readonly string[]
  readonly authorized: readonly string[]
  /** What stands before each authorized key. */
  readonly options?: string
  /** Lines of sshd_config that win over those of every server here. */
  readonly config?: readonly string[]
}

/** A real OpenSSH server on the loopback address of this machine, for the account of this process. */
export interface Sshd {
  readonly port: number
  /** The process that serves the newest connection. */
  newestSession(): number
  /** Everything it has logged so far. */
  log(): string
  /** Resolves once it has logged this after `position`, which is a length of an earlier log. */
  logged(words: string, position: number): Promise<string>
  stop(): Promise<void>
}

export async function startSshd(keys: KeyRing, options: SshdOptions): Promise<Sshd> {
  const port = await freePort()
  const base = keys.path(`sshd-${port}`)
  const before = options.options === undefined ? '' : `${options.options} `
  writeFileSync(
    `${base}.authorized`,
    options.authorized.map((name) => `${before}${keys.publicText(name)}\n`).join(''),
  )
  const config = [
    ...(options.config ?? []),
    `ListenAddress ${LOOPBACK}:${port}`,
    ...options.hostKeys.map((name) => `HostKey ${keys.path(name)}`),
    `AuthorizedKeysFile ${base}.authorized`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'LogLevel DEBUG1',
  ]
  writeFileSync(`${base}.config`, `${config.join('\n')}\n`)
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const logFile = openSync(`${base}.log`, 'w')
  const daemon = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', `${base}.config`], {
    stdio: ['ignore', logFile, logFile],
  })
  closeSync(logFile)
  const log = () => readFileSync(`${base}.log`, 'utf8')
  await until(() => log().includes('Server listening') || hasEnded(daemon))
  if (hasEnded(daemon)) throw new Error(`sshd did not start: ${log()}`)
  return {
    port,
    newestSession: () =>
      Number(execFileSync('pgrep', ['--newest', '--parent', String(daemon.pid)], { encoding: 'utf8' })),
    log,
    logged: async (words, position) => {
      await until(() => log().slice(position).includes(words))
      return log().slice(position)
    },
    stop: async () => {
      daemon.kill()
      await until(() => hasEnded(daemon))
    },
  }
}

/** The account that the servers here let in. */
export const account = userInfo().username

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 10))
}

function hasEnded(daemon: ChildProcess): boolean {
  return daemon.exitCode !== null || daemon.signalCode !== null
}
