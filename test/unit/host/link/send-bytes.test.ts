import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { HostLink } from '../../../../src/host/link/host-link.ts'
import { sendBytes } from '../../../../src/host/link/send-bytes.ts'
import type { ExecEnd, SshChannel, SshConnection } from '../../../../src/model/connection.ts'
import { DeployError } from '../../../../src/model/problem.ts'
import { systemClock } from '../../../../src/system/clock.ts'
import { RecordingReporter } from '../../deploy/deploying.ts'
import { LocalShell } from '../local-shell.ts'
import { ScriptedPeer } from '../scripted-peer.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "it's "))
})
afterEach(() => {
  jest.useRealTimers()
  rmSync(directory, { recursive: true })
})

/** A connection to this machine, whose login runs `profile` first. */
const local = (profile = '') =>
  connectionOf(async (command) => new LocalShell(['sh', '-c', `${profile}\n${command}`]))

function connectionOf(open: (command: string) => Promise<SshChannel>): SshConnection {
  return { open, lost: new Promise(() => {}), close: async () => undefined }
}

function sending(bytes: Buffer, piece = 65_536, path = join(directory, 'archive')) {
  return {
    ...{ path, bytes: bytes.length },
    async *chunks() {
      for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece)
    },
  }
}

const quiet = () => undefined
const problemOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => (error instanceof DeployError ? error.problem : error),
  )

describe('sendBytes', () => {
  it.each([0, 1, 100, 200_000])('writes %i bytes as they are, for the account alone', async (count) => {
    const bytes = randomBytes(count)
    const heard: number[] = []
    await sendBytes(local(), sending(bytes), (sent) => heard.push(sent))
    expect(readFileSync(join(directory, 'archive')).equals(bytes)).toBe(true)
    expect(statSync(join(directory, 'archive')).mode & 0o777).toBe(0o600)
    expect(heard.at(-1) ?? 0).toBe(count)
  })

  it('loses nothing to a login that asks something, and prints', async () => {
    const bytes = Buffer.concat([Buffer.from('\n\nfirst\n'), randomBytes(70_000)])
    await sendBytes(local('echo Welcome; read -r answer; read -r other'), sending(bytes, 10), quiet)
    expect(readFileSync(join(directory, 'archive')).equals(bytes)).toBe(true)
  })

  it('says what the host said where the file cannot be written', async () => {
    const problem = await problemOf(
      sendBytes(local(), sending(randomBytes(5_000_000), 65_536, join(directory, 'no/archive')), quiet),
    )
    expect(problem).toMatchObject({
      ...{ code: 'files.not_sent', bytes: 5_000_000 },
      detail: expect.stringMatching(/no\/archive/u),
    })
    expect(existsSync(join(directory, 'archive'))).toBe(false)
  })

  it('stops where the connection is lost, and says how far it came', async () => {
    const peer = new ScriptedPeer(() => undefined)
    const lost: ExecEnd = { kind: 'lost', detail: 'keepalive timeout' }
    const problem = await problemOf(
      sendBytes(
        connectionOf(async () => peer),
        sending(randomBytes(100), 10),
        (sent) => {
          if (sent === 30) peer.end(lost)
        },
      ),
    )
    expect(problem).toEqual({ code: 'files.not_sent', sent: 30, bytes: 100, detail: 'keepalive timeout' })
  })

  it('gives a host up that takes nothing', async () => {
    jest.useFakeTimers()
    const stuck = new ScriptedPeer(() => undefined)
    let closed = 'open'
    const channel = {
      ...{ stdout: stuck.stdout, ended: stuck.ended, stderrTail: () => '' },
      ...{ write: () => new Promise<void>(() => {}), finish: quiet },
      close: () => {
        closed = 'closed'
      },
    }
    const problem = problemOf(
      sendBytes(
        connectionOf(async () => channel),
        sending(randomBytes(10)),
        quiet,
      ),
    )
    await jest.advanceTimersByTimeAsync(60_000)
    expect(await problem).toMatchObject({
      ...{ code: 'files.not_sent', sent: 0, detail: 'the host took nothing for 60 s' },
    })
    expect(closed).toBe('closed')
  })
})

describe('HostLink.send', () => {
  async function linkOver(open: (command: string) => Promise<SshChannel>) {
    const made: string[] = []
    const shells = { count: 0 }
    const connection = connectionOf(async (command) => {
      shells.count += 1
      return shells.count <= 2 ? new ScriptedPeer((call, peer) => peer.reply(call)) : open(command)
    })
    const ports = {
      connect: async () => {
        made.push('connected')
        return { ...local(), close: async () => void made.push('closed') }
      },
      clock: systemClock,
      progress: new RecordingReporter(),
    }
    return { link: await HostLink.over(connection, ports, 60, 20), made }
  }

  it('takes a connection of its own where sshd allows two sessions only', async () => {
    const refused = new DeployError({ code: 'ssh.shell_unusable', detail: 'open failed' })
    const { link, made } = await linkOver(() => Promise.reject(refused))
    await link.send(sending(Buffer.from('abc')), quiet)
    expect(readFileSync(join(directory, 'archive'), 'utf8')).toBe('abc')
    expect(made).toEqual(['connected', 'closed'])
  })

  it('sends over the connection that is there', async () => {
    const { link, made } = await linkOver((command) => local().open(command))
    await link.send(sending(Buffer.from('abc')), quiet)
    expect(readFileSync(join(directory, 'archive'), 'utf8')).toBe('abc')
    expect(made).toEqual([])
  })
})
