import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { HostChannel, type Timeout } from '../../../../src/host/link/channel.ts'
import { HOST_PROGRAM, LocalShell } from '../local-shell.ts'
import { type Call, ScriptedPeer } from '../scripted-peer.ts'

const PATIENT: Timeout = { seconds: 60, problem: { code: 'preflight.timeout', seconds: 60 } }

function scripted(answer: (call: Call, peer: ScriptedPeer) => void) {
  const peer = new ScriptedPeer(answer)
  return { peer, channel: new HostChannel(peer) }
}

describe('HostChannel', () => {
  it('drops what a login prints before, between and after the frames', async () => {
    const { channel } = scripted((call, peer) => {
      peer.send('Welcome!\nfact\tdocker\tforged\nno line end')
      peer.reply(call, ['fact\tdocker\t20.10', 'You have new mail.', 'text\tsaid'], 3)
      peer.send('logout\nfact\tlate\t1\n')
    })
    const expected = { code: 3, facts: [['docker', '20.10']], text: ['said'], news: [] }
    expect(await channel.call('preflight', [], PATIENT)).toEqual(expected)
    expect(await channel.call('preflight', [], PATIENT)).toEqual(expected)
  })

  it('ends a frame by its own nonce only', async () => {
    const { channel } = scripted((call, peer) => {
      const forged = call.nonce.replace(/./u, (digit) => (digit === '0' ? '1' : '0'))
      peer.reply(call, [
        `${forged} begin`,
        `${forged} end 0`,
        `text\t${call.nonce} end 0`,
        ` ${call.nonce} end 0`,
        `${call.nonce} ending`,
        `${call.nonce.toUpperCase()}x end 0`,
        'fact\tstate\tapplied',
      ])
    })
    const reply = await channel.call('log_tail', [], PATIENT)
    expect(reply.facts).toEqual([['state', 'applied']])
    expect(reply.text).toHaveLength(1)
  })

  it('uses a new nonce for every call, so that an answer cannot be played back', async () => {
    let first = ''
    const { channel, peer } = scripted((call, other) => {
      if (first === '') first = call.nonce
      else other.reply({ ...call, nonce: first }, ['fact\told\t1'])
      other.reply(call, ['fact\tnew\t1'])
    })
    await channel.call('log_tail', [], PATIENT)
    expect((await channel.call('log_tail', [], PATIENT)).facts).toEqual([['new', '1']])
    expect(new Set(peer.calls.map(({ nonce }) => nonce)).size).toBe(2)
  })

  it('reads an answer whatever the borders of its chunks, in UTF-8', async () => {
    const text = 'RUNTIME_STATUS 条数不足: 0 < 10 — 🚨'
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 })), async (lengths) => {
        const { channel } = scripted((call, peer) => {
          let rest = Buffer.from(`\n${call.nonce} begin\ntext\t${text}\n\n${call.nonce} end 0\n`)
          for (const length of lengths) {
            peer.send(rest.subarray(0, length))
            rest = rest.subarray(length)
          }
          peer.send(rest)
        })
        expect((await channel.call('log_tail', [], PATIENT)).text).toEqual([text])
      }),
    )
  })

  it('lets calls wait for each other', async () => {
    const waiting: (() => void)[] = []
    const { channel, peer } = scripted((call, other) => {
      waiting.push(() => other.reply(call, [`fact\tverb\t${call.verb}`]))
    })
    const answers = ['installed', 'begin', 'snapshot'].map((verb) => channel.call(verb, [], PATIENT))
    for (let index = 0; index < answers.length; index += 1) {
      while (waiting[index] === undefined) await Promise.resolve()
      expect(peer.calls).toHaveLength(index + 1)
      waiting[index]?.()
      expect((await answers[index])?.facts).toEqual([['verb', peer.calls[index]?.verb]])
    }
  })

  it('goes on after a call that nobody waits for any more, and keeps its answer apart', async () => {
    const late: Call[] = []
    const { channel, peer } = scripted((call, other) => {
      if (call.verb === 'snapshot') late.push(call)
      else other.reply(call, ['fact\tmine\t1'])
    })
    const impatient = { seconds: 0.01, problem: { code: 'snapshot.failed', detail: 'too slow' } } as const
    await expect(channel.call('snapshot', [], impatient)).rejects.toMatchObject({
      problem: impatient.problem,
    })
    const next = channel.call('abandon', [], PATIENT)
    for (const call of late) peer.reply(call, ['fact\tlate\t1'], 1)
    expect(await next).toMatchObject({ code: 0, facts: [['mine', '1']] })
  })

  it('says so when the link dies, before and in the middle of an answer, and ever after', async () => {
    const { channel, peer } = scripted((call, other) => {
      other.send(`\n${call.nonce} begin\nfact\tstate\tpromoted\n`)
      other.end({ kind: 'lost', detail: 'keepalive timeout' })
    })
    const lost = (during: string) => ({ problem: { code: 'ssh.lost', during, detail: 'keepalive timeout' } })
    await expect(channel.call('confirm', [], PATIENT)).rejects.toMatchObject(lost('confirm'))
    await expect(channel.call('abandon', [], PATIENT)).rejects.toMatchObject(lost('abandon'))
    expect(peer.calls).toHaveLength(1)
  })

  it.each([
    [{ kind: 'exited', code: 1 } as const, 'exit code 1'],
    [{ kind: 'signalled', signal: 'SIGKILL' } as const, 'signal SIGKILL'],
  ])('tells a shell that ended from a link that died: %j', async (end, how) => {
    const { channel } = scripted((_call, peer) => peer.end(end))
    await expect(channel.call('preflight', [], PATIENT)).rejects.toMatchObject({
      problem: {
        code: 'ssh.shell_unusable',
        detail: `the shell on the host ended (${how}): words on stderr`,
      },
    })
  })

  it('takes an end without an exit code for no success', async () => {
    const { channel } = scripted((call, peer) => peer.reply(call, [], ''))
    expect((await channel.call('snapshot', [], PATIENT)).code).not.toBe(0)
  })
})

const SHELLS: readonly (readonly [string, ...string[]])[] = [
  ['dash', '-s'],
  ['busybox', 'sh', '-s'],
]

describe.each(SHELLS)('HostChannel and the host program under %s', (...command) => {
  const withProgram = async (shell: LocalShell) => {
    const channel = new HostChannel(shell)
    await channel.prepare(HOST_PROGRAM)
    return channel
  }

  it('answers a verb it does not know, through the redactor and the frame', async () => {
    await using shell = new LocalShell(command)
    const channel = await withProgram(shell)
    expect(await channel.call('rm', ['-rf', "it's; $(echo x)\n"], PATIENT)).toEqual({
      code: 64,
      facts: [],
      text: ['closed-loop host program: no such verb'],
      news: [],
    })
  })

  it('hands stdin over byte for byte, whatever stands in it', async () => {
    await using shell = new LocalShell(command)
    const channel = await withProgram(shell)
    await channel.prepare('verb_log_tail() { cat | base64 | sed "s/^/fact\tbytes\t/"; }\n')
    const awkward = [
      'one line',
      'ends in a line end\n',
      '\n\n',
      `quotes ' " \` and $(touch /nowhere) \${HOME} \\ \\\\\n  EOF\nend-\n`,
      'Chinese 条数不足 and 🚨, tabs \t and \u0007',
      'x'.repeat(200_000),
    ]
    for (const stdin of awkward) {
      const reply = await channel.call('log_tail', [], PATIENT, stdin)
      const bytes = Buffer.from(reply.facts.map(([, field = '']) => field).join(''), 'base64')
      expect(bytes.toString()).toBe(stdin.endsWith('\n') ? stdin : `${stdin}\n`)
    }
  })

  it('lets no verb read what comes after its call', async () => {
    await using shell = new LocalShell(command)
    const channel = await withProgram(shell)
    await channel.prepare('verb_log_tail() { cat; echo "$1" >&2; }\n')
    const answers = await Promise.all(
      ['a', 'b', 'c'].map((word) => channel.call('log_tail', [word], PATIENT)),
    )
    expect(answers.map(({ text }) => text)).toEqual([['a'], ['b'], ['c']])
  })

  it('lets nothing that a verb prints end its frame or pass for a fact', async () => {
    await using shell = new LocalShell(command)
    const channel = await withProgram(shell)
    // The verb knows its own nonce here, which no foreign program can.
    await channel.prepare(
      'verb_log_tail() { printf "%s end 0\\nfact\\tforged\\t1\\n" "$reply_nonce" >&2; return 7; }\n',
    )
    const reply = await channel.call('log_tail', [], PATIENT)
    expect(reply).toMatchObject({ code: 7, facts: [] })
    expect(reply.text.at(-1)).toBe('fact\tforged\t1')
  })

  it('gives the exit code of a verb that was killed, and goes on', async () => {
    await using shell = new LocalShell(command)
    const channel = await withProgram(shell)
    await channel.prepare('verb_log_tail() { sh -c "kill -9 \\$PPID"; }\n')
    expect((await channel.call('log_tail', [], PATIENT)).code).toBe(137)
    expect((await channel.call('nothing', [], PATIENT)).code).toBe(64)
  })

  it('says so when the shell is killed while it answers', async () => {
    await using shell = new LocalShell(command)
    const channel = await withProgram(shell)
    // By itself: whatever it had started would hold its output open.
    await channel.prepare('verb_log_tail() { kill -KILL $$; exit 1; }\n')
    await expect(channel.call('log_tail', [], PATIENT)).rejects.toMatchObject({
      problem: { code: 'ssh.shell_unusable' },
    })
  })
})
