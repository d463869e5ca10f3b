import { spawn } from 'node:child_process'
import { sessionCommand } from '../../../src/host/protocol/shell-session.ts'
import type { ExecEnd, SshChannel } from '../../../src/model/connection.ts'
import type { ProgramBench, ShellName } from './shells.ts'

/**
 * A channel to a login shell on this machine instead of one over SSH: the same command, the same streams.
 * `profile` is shell text that the login runs first.
 */
export function localChannel(bench: ProgramBench, shell: ShellName, profile = ''): SshChannel & Disposable {
  const login = spawn('sh', ['-c', `${profile}\n${sessionCommand()}`], {
    env: { PATH: bench.path(shell), HOME: bench.directory },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let stderr = ''
  login.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
  })
  // The end of the shell is told by `ended`; what is written to it after that is lost, as over SSH.
  login.stdin.on('error', () => {})
  const ended = new Promise<ExecEnd>((resolve, reject) => {
    login.once('error', reject)
    login.once('close', (code, signal) =>
      resolve(signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'signalled', signal }),
    )
  })
  return {
    write: (data) => new Promise((resolve) => void login.stdin.write(data, () => resolve())),
    finish: () => login.stdin.end(),
    close: () => void login.kill('SIGKILL'),
    stdout: login.stdout,
    stderrTail: () => stderr,
    ended,
    [Symbol.dispose]: () => login.kill('SIGKILL'),
  }
}
