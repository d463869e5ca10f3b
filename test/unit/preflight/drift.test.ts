import { describe, expect, it } from '@jest/globals'
import type { DockerAnswer } from '../../../src/host/protocol/preflight-facts.ts'
import { type DockerCall, lookForDrift } from '../../../src/preflight/drift.ts'
import { containerFact, readyFacts, type Topics, WANTED } from './builders.ts'

const RUN = ['app', 'side'].map((service) => containerFact(service))
const FINE: DockerAnswer = { code: 0, lines: [], said: [], hashes: new Map() }

/** `DRIFT app:Recreate side:Running`: what Compose says of the containers of services. */
function answer(text: string, code = 0, ...lines: readonly string[]): DockerAnswer {
  const said = text.split(' ').flatMap((part) => {
    const [service, word] = part.split(':')
    return word === undefined ? [] : [{ container: `shop-${service}-1`, word }]
  })
  return { ...FINE, code, lines, said }
}

/** Looks for drift; `play` answers a call in words: without the options of every dry run. */
async function look(
  play: (words: string, profiles: string) => DockerAnswer,
  changed: Topics = {},
  defer: readonly string[] = [],
) {
  const asked: string[] = []
  const ask = async ({ words, profiles }: DockerCall) => {
    const call = words.join(' ').replace('compose up --dry-run --detach --no-build --pull never', 'up')
    asked.push(profiles === 'all' ? call : `${call} (${profiles})`)
    return play(call, profiles)
  }
  const facts = readyFacts({ containers: RUN, ...changed })
  return { drift: await lookForDrift(facts, { ...WANTED, defer }, ask), asked }
}

const COMPARED = [
  'compose config --hash app,side',
  ...['image inspect --format {{.ID}} app:1', 'image inspect --format {{.ID}} side:1'],
]
const NONE = { services: [], findings: [], warnings: [] }
const REFUSED = 'client version 1.43 is too old'
const FINDING = {
  ...{ finding: 'docker-call-failed', call: 'docker compose ps', detail: REFUSED },
  ...{ engine: '28.0.1', compose: '2.30.0' },
}

describe('lookForDrift', () => {
  it('asks once where nothing would change', async () => {
    const { drift, asked } = await look(() => answer('app:Running side:Created'))
    expect(drift).toEqual(NONE)
    expect(asked).toEqual(['up --no-deps app side'])
  })

  it('names what every form of up would recreate', async () => {
    const { drift, asked } = await look(() => answer('app:Recreate app:Recreated side:Recreate'), {}, [
      'side',
    ])
    expect(drift).toEqual({ ...NONE, services: ['app', 'side'] })
    expect(asked).toEqual([
      ...['up --no-deps app side', 'up --no-deps app', ...COMPARED, 'up app side', 'up app side (enabled)'],
      ...['up --no-deps app', 'up --no-deps side'],
    ])
  })

  it.each([
    ['without what is deferred', 'up --no-deps app', ['side']],
    ['with its dependencies', 'up app side', []],
    ['with the profiles that are enabled', 'up app side (enabled)', []],
    ['alone', 'up --no-deps app', []],
  ])('names nothing that was brought up %s', async (_, form, defer) => {
    const { drift } = await look(
      (words, profiles) => {
        const isForm = form === (profiles === 'all' ? words : `${words} (${profiles})`)
        return answer(isForm ? 'app:Running side:Recreate' : 'app:Recreate side:Recreate')
      },
      {},
      defer,
    )
    expect(drift.services).toEqual(['side'])
  })

  describe('a service that only another one would have recreated', () => {
    /** Compose would recreate both; what the files are hashed to, and what the images are. */
    const compared = async (hashes: readonly string[], ids: readonly string[], labels = ['h1', 'h2']) => {
      const others = ['app', 'side'].map(
        (service, index) =>
          `other\tid\tshop-${service}-1\tUp\tshop\t${service}\tFalse\t"/x"\t"/x/c.yml"\t${labels[index]}`,
      )
      const { drift } = await look(
        (words) => {
          if (words.includes('--hash'))
            return { ...FINE, hashes: new Map(hashes.map((line) => [line.slice(0, -3), line.slice(-2)])) }
          const id = ids[words.endsWith('app:1') ? 0 : 1]
          if (words.startsWith('image'))
            return { ...FINE, code: id === undefined ? 1 : 0, lines: id === undefined ? [] : [id] }
          return answer('app:Recreate side:Recreate')
        },
        { others },
      )
      return drift.services
    }
    const SAME = ['app h1', 'side h2']

    it('is none that has drifted', async () => {
      expect(await compared(SAME, ['sha256:1', 'sha256:1'])).toEqual([])
      expect(await compared(['app h9', 'side h2'], ['sha256:1', 'sha256:1'])).toEqual(['app'])
    })

    it('is known by hash and image together, where both could be read', async () => {
      expect(await compared(SAME, ['sha256:1', 'sha256:2'])).toEqual(['side'])
      expect(await compared(SAME, ['sha256:1'])).toEqual(['side'])
      expect(await compared([], ['sha256:1', 'sha256:1'])).toEqual(['app', 'side'])
      expect(await compared(['app   ', 'side   '], ['sha256:1', 'sha256:1'], ['', ''])).toEqual([
        'app',
        'side',
      ])
    })
  })

  it('names nothing of which Compose says nothing, nor another project’s', async () => {
    expect((await look(() => answer('other:Recreate'))).drift).toEqual(NONE)
  })

  it('takes a replica that stays for none where another one does not', async () => {
    const second = RUN.map((line) => line.replaceAll('shop-app-1', 'shop-app-2'))
    const said = [...answer('app:Recreate side:Running').said, { container: 'shop-app-2', word: 'Running' }]
    const { drift } = await look(() => ({ ...FINE, said }), { containers: [...RUN, ...second] })
    expect(drift.services).toEqual(['app'])
  })

  it('asks one by one only where they are few', async () => {
    const many = Array.from({ length: 9 }, (_, index) => `s${index}`)
    const facts = readyFacts({ containers: many.map((service) => containerFact(service)) })
    const asked: DockerCall[] = []
    await lookForDrift(facts, { ...WANTED, deploy: many }, async (call) => {
      asked.push(call)
      return FINE
    })
    expect(asked).toHaveLength(6)
  })

  it('names nothing where an unfinished deployment explains it, and asks whether Compose and Docker get on', async () => {
    const { drift, asked } = await look(() => FINE, { earlier: ['unfinished\ta\tapplied'] })
    expect(drift).toEqual(NONE)
    expect(asked).toEqual(['compose ps --all --quiet'])
  })

  it('asks the same where nothing runs', async () => {
    expect((await look(() => FINE, { containers: [] })).asked).toEqual(['compose ps --all --quiet'])
  })

  it.each([
    ['where nothing runs', { containers: [] }],
    ['where an up failed as well, which says no more', {}],
  ])('finds an engine that is too new for Compose, with both versions, %s', async (_, changed) => {
    expect((await look(() => answer('', 1, REFUSED), changed)).drift).toEqual({
      ...NONE,
      findings: [FINDING],
    })
  })

  it.each([
    ['in the words of Compose', answer('', 1, 'No such image: db:1'), 'No such image: db:1 (code 1)'],
    ['that was not answered', answer('', 124), 'no answer in time'],
  ])('tells an up that cannot be tried, %s', async (_, failed, detail) => {
    const { drift } = await look((words) => (words.startsWith('compose ps') ? FINE : failed))
    expect(drift).toEqual({ ...NONE, warnings: [{ kind: 'up-not-tried', detail }] })
  })

  it('asks no further once an answer took too long', async () => {
    const { asked } = await look((words) => (words.startsWith('compose ps') ? FINE : answer('', 124)))
    expect(asked).toEqual(['up --no-deps app side', 'compose ps --all --quiet'])
  })

  it('does not warn where one came to its end', async () => {
    const { drift } = await look((words) =>
      words === 'up --no-deps app side' ? answer('app:Recreate', 1, 'why') : answer('app:Recreate'),
    )
    expect(drift).toEqual({ ...NONE, services: ['app'] })
  })

  it.each(['1.29.2', '2.9.0', 'v2.17.3', '2.19.1-4', 'dev'])(
    'asks nothing of a Compose that may not know how: %s',
    async (version) => {
      const { drift, asked } = await look(() => FINE, { engine: ['docker\t28.0.1', `compose\t${version}`] })
      expect([drift, asked]).toEqual([NONE, []])
    },
  )

  it('asks nothing where the containers could not be read', async () => {
    expect((await look(() => FINE, { looked: [] })).asked).toEqual([])
  })
})
