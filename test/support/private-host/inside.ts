import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { basename } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { HostDescription, ScriptInput, ScriptOptions, ScriptResult } from './private-host.ts'

const hostPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

// The pid of an ended host may belong to a stranger by now: the script must not run on the machine itself.
const onlyInTheHost = `[ -e "/etc/private-host/$1" ] || { echo "not inside $1" >&2; exit 125; }
exec timeout --signal=KILL "$2" sh -c "$3"`

/** Runs a script in the namespaces of a host; see `PrivateHost.run`. Fails when the host has ended. */
export async function runInside(
  host: HostDescription,
  script: string,
  options: ScriptOptions,
): Promise<ScriptResult> {
  const input = standardInput(options.stdin)
  try {
    const child = spawn(
      'nsenter',
      [
        ...['--target', String(host.initProcess), '--mount', '--uts', '--ipc', '--net', '--pid', '--'],
        ...['env', '-i', `PATH=${hostPath}`, 'HOME=/root', 'USER=root', 'LANG=C.UTF-8'],
        ...['sh', '-c', onlyInTheHost, 'sh'],
        ...[basename(host.directory), String(options.timeoutSeconds ?? 300), script],
      ],
      { stdio: [input.descriptor, 'pipe', 'pipe'] },
    )
    const ended = new Promise<number>((settle, fail) => {
      child.once('error', fail)
      child.once('close', (code) => settle(code ?? 137))
    })
    // A script need not read its input to the end.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input.bytes)
    const [code, stdout, stderr] = await Promise.all([ended, readAll(child.stdout), readAll(child.stderr)])
    return { code, stdout, stderr }
  } finally {
    if (typeof input.descriptor === 'number') closeSync(input.descriptor)
  }
}

async function readAll(stream: NodeJS.ReadableStream | null): Promise<string> {
  return stream === null ? '' : (await buffer(stream)).toString('utf8')
}

function standardInput(input: ScriptInput | undefined): {
  readonly descriptor: 'pipe' | number
  readonly bytes: string | Buffer
} {
  if (typeof input === 'object' && 'file' in input)
    return { descriptor: openSync(input.file, 'r'), bytes: '' }
  return { descriptor: 'pipe', bytes: input ?? '' }
}
