import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { userInfo } from 'node:os'
import { buffer } from 'node:stream/consumers'
import type { ScriptOptions, ScriptResult } from '../private-host/private-host.ts'

/** What an SSH session of this user would find: nothing that only this terminal has set (DOCKER_HOST, say). */
function loginEnvironment(): Record<string, string> {
  const { username, homedir } = userInfo()
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: homedir,
    USER: username,
    LANG: 'C.UTF-8',
    // Temporary files go where the demo removes them.
    TMPDIR: process.env.TMPDIR ?? '/tmp',
  }
}

/** Runs a `sh` script on this machine as this user, in `/`; as `PrivateHost.run` does on its host. */
export async function runLocally(script: string, options: ScriptOptions = {}): Promise<ScriptResult> {
  const { stdin = '', timeoutSeconds = 300 } = options
  const file = typeof stdin === 'object' && 'file' in stdin ? openSync(stdin.file, 'r') : undefined
  try {
    const child = spawn('timeout', ['--signal=KILL', String(timeoutSeconds), 'sh', '-c', script], {
      cwd: '/',
      env: loginEnvironment(),
      stdio: [file ?? 'pipe', 'pipe', 'pipe'],
    })
    const ended = new Promise<number>((settle, fail) => {
      child.once('error', fail)
      child.once('close', (code) => settle(code ?? 137))
    })
    // A script need not read its input to the end.
    child.stdin?.on('error', () => {})
    if (typeof stdin === 'string' || Buffer.isBuffer(stdin)) child.stdin?.end(stdin)
    const [code, stdout, stderr] = await Promise.all([ended, textOf(child.stdout), textOf(child.stderr)])
    return { code, stdout, stderr }
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Standard output of a script; throws an Error with all output when the code is not 0. */
export async function outputLocally(script: string, options: ScriptOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await runLocally(script, options)
  if (code !== 0) throw new Error(`script ended with ${code}\n${script}\n${stdout}\n${stderr}`)
  return stdout
}

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  return stream === null ? '' : (await buffer(stream)).toString('utf8')
}
