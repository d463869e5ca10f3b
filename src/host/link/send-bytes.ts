import { randomBytes } from 'node:crypto'
import type { ExecEnd, SshConnection } from '../../model/connection.ts'
import { DeployError } from '../../model/problem.ts'
import { EMPTY_ANSWERS, receiveCommand } from '../protocol/shell-session.ts'
import { withTimeout } from './channel.ts'

/** How long the other side may take none of the bytes, or may take to write the last ones, in seconds. */
const STALLED_SECONDS = 60

/** Bytes that are to become a file of the host. */
export interface BytesToSend {
  readonly path: string
  readonly bytes: number
  chunks(): AsyncIterable<Uint8Array>
}

/**
 * Sends bytes into a file of the host by a command of their own on this connection; `hear` is told how many went out so far.
 * Whether they arrived whole, whoever reads the file has to find out by its hash.
 * @throws DeployError `files.not_sent`; `ssh.*` where no command can be run
 */
export async function sendBytes(
  connection: SshConnection,
  { path, bytes, chunks }: BytesToSend,
  hear: (sent: number) => void,
): Promise<void> {
  const beginning = randomBytes(12).toString('hex')
  const channel = await connection.open(receiveCommand(path, beginning))
  const ended: { end?: ExecEnd } = {}
  void channel.ended.then((end) => {
    ended.end = end
  })
  let sent = 0
  const notSent = (detail: string) => ({ code: 'files.not_sent', sent, bytes, detail }) as const
  const inTime = <Done>(work: Promise<Done>) =>
    withTimeout(work, {
      seconds: STALLED_SECONDS,
      get problem() {
        return notSent(`the host took nothing for ${STALLED_SECONDS} s`)
      },
    })
  try {
    await inTime(channel.write(`${EMPTY_ANSWERS}${beginning}\n`))
    for await (const chunk of chunks()) {
      await inTime(channel.write(chunk))
      // Of a command that has ended, nobody takes what is written.
      if (ended.end !== undefined) break
      sent += chunk.length
      hear(sent)
    }
    channel.finish()
    const end = await inTime(channel.ended)
    if (end.kind === 'exited' && end.code === 0) return
    throw new DeployError(notSent(describeEnd(end, channel.stderrTail())))
  } catch (error) {
    channel.close()
    throw error
  }
}

function describeEnd(end: ExecEnd, said: string): string {
  switch (end.kind) {
    case 'lost':
      return end.detail
    case 'exited':
      return said.trim() === '' ? `the host ended it with code ${end.code}` : said.trim()
    case 'signalled':
      return `the host ended it by ${end.signal}`
  }
}
