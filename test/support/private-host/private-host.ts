import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type HostKind, kindOfEnvironment, programsOf } from './host-kind.ts'
import { runInside } from './inside.ts'
import { disown, endSupervisor, own } from './ownership.ts'

/** The facts of a running host as plain JSON, so that another process can attach to it. */
export interface HostDescription {
  readonly name: string
  /** Everything of the host that is on disk. It is removed last of all. */
  readonly directory: string
  readonly initProcess: number
  readonly supervisorProcess: number
  readonly address: string
  readonly sshPort: number
  readonly username: string
  readonly clientKey: string
  readonly knownHosts: string
  readonly hostKeyFingerprint: string
  readonly registry: { readonly address: string; readonly username: string; readonly password: string }
}

/** Standard input of a script: its bytes, or the file that has them. */
export type ScriptInput = string | Buffer | { readonly file: string }

export interface ScriptOptions {
  readonly stdin?: ScriptInput
  /** After this long the script is killed and its code is 137. Default 300. */
  readonly timeoutSeconds?: number
}

/** How a script ended. A script that a signal ended has code 128 + signal. */
export interface ScriptResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A throw-away Linux host with its own network, processes, root file system, dockerd, sshd and registry. */
export interface PrivateHost {
  readonly name: string
  /** IPv4 address, reachable from this machine. */
  readonly address: string
  readonly sshPort: number
  readonly username: string
  /** OpenSSH private key that its sshd accepts. */
  readonly clientKey: string
  /** known_hosts lines of the address, one per host key. */
  readonly knownHosts: string
  /** `SHA256:…` of the ed25519 host key. */
  readonly hostKeyFingerprint: string
  /** A registry with password authentication on the host's own address, as `address:port`. */
  readonly registry: { readonly address: string; readonly username: string; readonly password: string }
  /** Runs a `sh` script as root inside the host, not over SSH, in `/` with a clean environment. */
  run(script: string, options?: ScriptOptions): Promise<ScriptResult>
  /** Like `run`, gives standard output; throws an Error with all output when the code is not 0. */
  sh(script: string, options?: ScriptOptions): Promise<string>
  stopRegistry(): Promise<void>
  startRegistry(): Promise<void>
  /** Ends the host and removes every trace of it. Harmless when it has ended. */
  stop(): Promise<void>
  describe(): HostDescription
}

/**
 * Starts a host that lives until `stop()`, or until this process ends in whatever way. Needs root and what
 * `provision` installs, and for a release of its own `provideRoot`. `name`: lower-case letters, digits and dashes;
 * becomes the hostname. What `kind` leaves out is as the environment of this process says, or else as on this machine.
 * Throws an Error with the logs of the daemons when one of them does not start.
 */
export async function startPrivateHost(options: {
  readonly name: string
  readonly log: (line: string) => void
  readonly kind?: Partial<HostKind>
}): Promise<PrivateHost> {
  const { name, log } = options
  const kind: HostKind = { ...kindOfEnvironment(), ...options.kind }
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name)) throw new Error(`not a host name: ${name}`)
  if (process.getuid?.() !== 0) throw new Error('a private host needs root')
  const { root, dockerClient, composePlugin } = programsOf(kind.release)

  const startedAt = performance.now()
  const password = randomBytes(12).toString('hex')
  const script = join(import.meta.dirname, 'host.sh')
  await runOnMachine([script, 'sweep'])
  // Detached: Ctrl-C must reach the owner only, which then ends the supervisor.
  // Its standard input stays open as long as this process lives: the end of it is how it learns of ours.
  const supervisor = spawn(
    'sh',
    [script, 'supervise', name, password, dockerClient, composePlugin, root, kind.store, kind.init],
    { detached: true, stdio: ['pipe', 'pipe', 'pipe'] },
  )
  const ended = new Promise((settle) => supervisor.once('close', settle))
  let complaints = ''
  supervisor.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    complaints += chunk
  })
  const facts = new Map<string, string>()
  for await (const line of createInterface({ input: supervisor.stdout })) {
    const separator = line.indexOf('=')
    facts.set(line.slice(0, separator), line.slice(separator + 1))
    if (facts.has('ready')) break
  }
  if (!facts.has('ready')) {
    await ended
    throw new Error(`private host ${name} did not start: ${complaints}`)
  }
  supervisor.stdout.destroy()
  supervisor.stderr.destroy()
  supervisor.unref()

  const description = describeHost(name, password, facts)
  own(description)
  log(
    `private host ${name} ready at ${description.address} (${Math.round(performance.now() - startedAt)} ms)`,
  )
  return attachPrivateHost(description)
}

/** The host of a description, which this process need not have started. */
export function attachPrivateHost(description: HostDescription): PrivateHost {
  const { directory, name } = description
  const run = (script: string, options: ScriptOptions = {}) => runInside(description, script, options)
  const sh = async (script: string, options: ScriptOptions = {}) => {
    const result = await run(script, options)
    if (result.code !== 0) {
      throw new Error(
        `script ended with ${result.code} inside ${name}\n${script}\n${result.stdout}\n${result.stderr}`,
      )
    }
    return result.stdout
  }
  return {
    name,
    address: description.address,
    sshPort: description.sshPort,
    username: description.username,
    clientKey: description.clientKey,
    knownHosts: description.knownHosts,
    hostKeyFingerprint: description.hostKeyFingerprint,
    registry: description.registry,
    run,
    sh,
    stopRegistry: async () => {
      await sh('sh /etc/private-host/host.sh stop registry')
    },
    startRegistry: async () => {
      await sh('sh /etc/private-host/host.sh start registry')
    },
    stop: async () => {
      await endSupervisor(description)
      disown(description)
      if (existsSync(directory)) throw new Error(`private host ${name} left ${directory} behind`)
    },
    describe: () => description,
  }
}

function describeHost(name: string, password: string, facts: ReadonlyMap<string, string>): HostDescription {
  const fact = (key: string) => {
    const value = facts.get(key)
    if (value === undefined) throw new Error(`the supervisor did not tell ${key}`)
    return value
  }
  const directory = fact('directory')
  const address = fact('address')
  const hostKeys = ['ed25519', 'rsa'].map((type) =>
    readFileSync(join(directory, 'etc', `ssh_host_${type}_key.pub`), 'utf8')
      .split(' ', 2)
      .join(' '),
  )
  return {
    name,
    directory,
    initProcess: Number(fact('initProcess')),
    supervisorProcess: Number(fact('supervisorProcess')),
    address,
    sshPort: 22,
    username: 'root',
    clientKey: readFileSync(join(directory, 'client_key'), 'utf8'),
    knownHosts: hostKeys.map((key) => `${address} ${key}\n`).join(''),
    hostKeyFingerprint: fact('hostKeyFingerprint'),
    registry: { address: `${address}:5000`, username: fact('registryUsername'), password },
  }
}

function runOnMachine(parameters: readonly string[]): Promise<void> {
  return new Promise((settle, fail) => {
    const child = spawn('sh', parameters, { stdio: ['ignore', 'ignore', 'inherit'] })
    child.once('error', fail)
    child.once('close', (code) => {
      if (code === 0) settle()
      else fail(new Error(`sh ${parameters.join(' ')} ended with ${code}`))
    })
  })
}
