import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** A server program of this user on 127.0.0.1, which also ends when this process is killed. */
export interface Daemon {
  readonly name: string
  readonly command: readonly [program: string, ...parameters: string[]]
  readonly port: number
  readonly log: string
}

const START_SECONDS = 15

/** Starts it and waits until it takes connections. Gives the way to end it. Throws an Error with its log. */
export async function startDaemon(daemon: Daemon): Promise<() => Promise<void>> {
  const log = openSync(daemon.log, 'a')
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', ...daemon.command], { stdio: ['ignore', log, log] })
  closeSync(log)
  const ended = once(child, 'exit').catch(() => undefined)
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  const deadline = performance.now() + START_SECONDS * 1000
  while (!(await takesConnections(daemon.port))) {
    if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline) {
      await stop()
      throw new Error(`${daemon.name} did not start: ${readFileSync(daemon.log, 'utf8').trim()}`)
    }
    await delay(50)
  }
  return stop
}

/** A port of 127.0.0.1 that nothing uses. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port of 127.0.0.1 is free')
  return address.port
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
