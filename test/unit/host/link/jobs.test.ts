import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { HostChannel } from '../../../../src/host/link/channel.ts'
import { JobRecord } from '../../../../src/host/link/job-run.ts'
import { JobFollower, type JobListener } from '../../../../src/host/link/jobs.ts'
import type { Fact } from '../../../../src/host/protocol/facts.ts'
import { type Call, ScriptedPeer } from '../scripted-peer.ts'

const peers: ScriptedPeer[] = []
// A question without an answer waits for minutes.
afterEach(() => {
  for (const peer of peers.splice(0)) peer.end({ kind: 'lost', detail: 'the test is over' })
})

/** A follower whose every question the test answers by hand. */
class Following {
  readonly peer: ScriptedPeer
  readonly follower: JobFollower
  readonly #waiting: Call[] = []

  constructor() {
    this.peer = new ScriptedPeer((call) => this.#waiting.push(call))
    peers.push(this.peer)
    this.follower = new JobFollower(new HostChannel(this.peer), 'ab12', 60)
  }

  /** What the follower asks next. */
  async question(): Promise<Call> {
    while (this.#waiting.length === 0) await new Promise((resolve) => setImmediate(resolve))
    return this.#waiting.shift() as Call
  }

  /** Answers the next question and gives the words of it. */
  async answer(lines: readonly string[], code = 0): Promise<readonly string[]> {
    const call = await this.question()
    this.peer.reply(call, lines, code)
    return call.words
  }
}

class Heard implements JobListener {
  readonly all: string[] = []
  fact(fact: Fact): void {
    this.all.push(`fact ${fact.join(' ')}`)
  }
  text(line: string): void {
    this.all.push(`text ${line}`)
  }
}

describe('JobFollower', () => {
  it('hands on everything a job says, in order and once, and then its end', async () => {
    const following = new Following()
    const heard = new Heard()
    const ended = following.follower.follow('apply', heard)
    expect(
      await following.answer(['job\tapply\tboundary', 'out\tapply\tPulling', 'fact\toffset\tapply\t9\t8']),
    ).toEqual(['ab12', '20', 'apply', '0', '0'])
    expect(await following.answer([])).toEqual(['ab12', '20', 'apply', '9', '8'])
    expect(await following.answer(['job\tapply\trunning\tai-trade', 'fact\toffset\tapply\t20\t8'])).toEqual([
      'ab12',
      '20',
      'apply',
      '9',
      '8',
    ])
    await following.answer(['fact\tended\tapply\t3'])
    expect(await ended).toBe(3)
    expect(heard.all).toEqual(['fact boundary', 'text Pulling', 'fact running ai-trade'])
    expect(following.peer.calls).toHaveLength(4)
  })

  it('follows a job that began while it asked about another, from its start', async () => {
    const following = new Following()
    const [first, second] = [new Heard(), new Heard()]
    void following.follower.follow('watch', first)
    const question = await following.question()
    const ended = following.follower.follow('evidence', second)
    following.peer.reply(question, ['job\tevidence\tevidence\t1\t0\t0', 'fact\toffset\tevidence\t5\t0'])
    expect(await following.answer(['fact\tended\tevidence\t0'])).toEqual([
      'ab12',
      '20',
      'watch',
      '0',
      '0',
      'evidence',
      '5',
      '0',
    ])
    expect(await ended).toBe(0)
    expect(second.all).toEqual(['fact evidence 1 0 0'])
    expect(first.all).toEqual([])
    expect((await following.question()).words).toEqual([
      'ab12',
      '20',
      'watch',
      '0',
      '0',
      'evidence',
      'ended',
      'ended',
    ])
  })

  it('takes no notice of jobs that nobody follows, and reads them from their start later', async () => {
    const following = new Following()
    void following.follower.follow('watch', new Heard())
    await following.answer(['job\tapply\tboundary', 'fact\toffset\tapply\t9\t0', 'fact\tended\tapply\t0'])
    const heard = new Heard()
    const ended = following.follower.follow('apply', heard)
    await following.answer([])
    expect(await following.answer(['job\tapply\tboundary', 'fact\tended\tapply\t0'])).toContain('apply')
    expect(await ended).toBe(0)
    expect(heard.all).toEqual(['fact boundary'])
  })

  it('does not ask to hear again and again of jobs that nobody follows', async () => {
    const following = new Following()
    void following.follower.follow('rollback', new Heard())
    await following.answer(['job\tapply\tboundary', 'fact\toffset\tapply\t9\t0', 'fact\tended\tprefetch\t0'])
    expect((await following.question()).words.slice(2).join(' ')).toBe(
      'rollback 0 0 apply 9 0 prefetch ended ended',
    )
  })

  it('asks again for a job that comes after all others have ended', async () => {
    const following = new Following()
    const first = following.follower.follow('prefetch', new Heard())
    await following.answer(['fact\tended\tprefetch\t0'])
    await first
    const second = following.follower.follow('apply', new Heard())
    await following.answer(['fact\tended\tapply\t0'])
    expect(await second).toBe(0)
  })

  it('tells everybody when the link dies, now and later', async () => {
    const following = new Following()
    const all = ['watch', 'assess'].map((job) => following.follower.follow(job, new Heard()))
    await following.question()
    following.peer.end({ kind: 'lost', detail: 'keepalive timeout' })
    const lost = { problem: { code: 'ssh.lost', during: 'follow' } }
    for (const ended of all) await expect(ended).rejects.toMatchObject(lost)
    await expect(following.follower.follow('rollback', new Heard())).rejects.toMatchObject(lost)
  })

  it('tells everybody when the host refuses to follow', async () => {
    const following = new Following()
    const ended = following.follower.follow('apply', new Heard())
    await following.answer(['text\tthere is no transaction ab12'], 64)
    await expect(ended).rejects.toMatchObject({ problem: { detail: 'there is no transaction ab12' } })
  })

  it('hears nothing more once it was left, and says so to who waits', async () => {
    const following = new Following()
    const heard = new Heard()
    const ended = following.follower.follow('apply', heard)
    const question = await following.question()
    following.follower.leave()
    await expect(ended).rejects.toMatchObject({ problem: { code: 'ssh.lost' } })
    following.peer.reply(question, ['job\tapply\tboundary', 'fact\toffset\tapply\t9\t0'])
    for (let look = 0; look < 5; look += 1) await new Promise((resolve) => setImmediate(resolve))
    expect(heard.all).toEqual([])
    expect(following.peer.calls).toHaveLength(1)
  })

  it('leaves no rejection behind for a job that nobody waits for', async () => {
    const unhandled: unknown[] = []
    const note = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', note)
    const following = new Following()
    void following.follower.follow('watch', new Heard())
    await following.question()
    following.peer.end({ kind: 'lost', detail: 'gone' })
    for (let look = 0; look < 5; look += 1) await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })

  it('takes an end without an exit code for no success', async () => {
    const following = new Following()
    const ended = following.follower.follow('apply', new Heard())
    await following.answer(['fact\tended\tapply\t'])
    expect(await ended).not.toBe(0)
  })
})

describe('JobRecord', () => {
  it('keeps all facts and the last words, and hands both on', () => {
    const heard = new Heard()
    const record = new JobRecord({ fact: (fact) => heard.fact(fact), text: (line) => heard.text(line) })
    for (let line = 1; line <= 100; line += 1) record.text(`line ${line}`)
    record.fact(['boundary'])
    expect(record.outputTail().split('\n')).toEqual(
      Array.from({ length: 40 }, (_, index) => `line ${index + 61}`),
    )
    expect(record.facts).toEqual([['boundary']])
    expect(heard.all).toHaveLength(101)
  })

  it('needs nobody who listens', () => {
    const record = new JobRecord({})
    record.fact(['a'])
    expect(record.outputTail()).toBe('')
  })

  describe('is up to date', () => {
    const silentFor = (seconds: number) => {
      jest.restoreAllMocks()
      const now = performance.now()
      jest.spyOn(performance, 'now').mockReturnValue(now + seconds * 1000)
    }
    afterEach(() => {
      jest.restoreAllMocks()
    })

    it('while the host answers, and where nobody is followed', async () => {
      const following = new Following()
      silentFor(1000)
      expect(await following.follower.upToDate()).toBe('in-contact')
      void following.follower.follow('watch', new Heard())
      silentFor(3)
      expect(await following.follower.upToDate()).toBe('in-contact')
    })

    it('only with the next answer, where the host has been silent, which says something each second', async () => {
      const following = new Following()
      const heard = new Heard()
      void following.follower.follow('watch', heard)
      silentFor(6)
      const upToDate = following.follower.upToDate()
      await following.answer(['job\twatch\tstate\tx', 'fact\toffset\twatch\t5\t0'])
      expect(await upToDate).toBe('was-away')
      expect(heard.all).toEqual(['fact state x'])
    })

    it('also when contact is gone for good', async () => {
      const following = new Following()
      void following.follower.follow('watch', new Heard())
      silentFor(6)
      const upToDate = following.follower.upToDate()
      following.peer.end({ kind: 'lost', detail: 'keepalive timeout' })
      expect(await upToDate).toBe('was-away')
    })
  })
})
