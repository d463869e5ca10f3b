import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { programBench, SHELLS } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

/** A container line as the host program makes it. */
function container(fields: Partial<Record<keyof typeof USUAL, string>> = {}): string {
  return Object.values({ ...USUAL, ...fields }).join('\t')
}

const USUAL = {
  name: 'ai-trade',
  service: 'ai-trade',
  number: '1',
  oneOff: 'False',
  imageId: 'sha256:old',
  reference: 'registry/ai-trade:1',
  state: 'running',
  health: 'healthy',
  restartPolicy: 'unless-stopped:0',
  makeup: 'hash',
  id: 'id-1',
  startedAt: '2026-01-01T00:00:00Z',
  restartCount: '0',
  exitCode: '0',
  outOfMemory: 'false',
}

describe.each(SHELLS)('what the host program makes of facts under %s', (shell) => {
  describe('differences', () => {
    const differences = (
      before: readonly string[],
      now: readonly string[],
      { overridden = '', drifted = '' } = {},
    ) =>
      bench
        .run(shell, 'differences "$1" "$2" "$3" "$4"', {
          words: [before.join('\n'), now.join('\n'), overridden, drifted],
        })
        .stdout.split('\n')
        .slice(0, -1)
        .map((line) => line.split('\t'))

    it('finds none between equals, whatever their order, boot and restart count', () => {
      const watchdog = container({ name: 'ai-trade-watchdog', service: 'watchdog', health: 'none' })
      const later = container({ id: 'id-2', startedAt: 'later', restartCount: '3', exitCode: '1' })
      expect(differences([container(), watchdog], [watchdog, later])).toEqual([])
      expect(differences([], [])).toEqual([])
    })

    it.each([
      ['service', { service: 'other' }, ['service', 'ai-trade', 'other']],
      ['number', { number: '2' }, ['number', '1', '2']],
      ['image', { imageId: 'sha256:new' }, ['image', 'sha256:old', 'sha256:new']],
      ['reference', { reference: 'r:2' }, ['reference', 'registry/ai-trade:1', 'r:2']],
      ['state', { state: 'exited' }, ['state', 'running', 'exited']],
      ['a restart loop', { state: 'restarting' }, ['state', 'running', 'restarting']],
      ['a pause', { state: 'paused' }, ['state', 'running', 'paused']],
      ['health', { health: 'starting' }, ['health', 'healthy', 'starting']],
      ['restart policy', { restartPolicy: 'no:0' }, ['restart-policy', 'unless-stopped:0', 'no:0']],
      ['environment, command or mounts', { makeup: 'other' }, ['makeup', 'hash', 'other']],
    ] as const)('names a difference in %s', (_, change, [field, wanted, got]) => {
      expect(differences([container()], [container(change)])).toContainEqual(['ai-trade', field, wanted, got])
    })

    it('names a container that is gone, and one that is new', () => {
      const other = container({ name: 'other' })
      expect(differences([container()], [other])).toEqual([
        ['other', 'container', 'none', 'running'],
        ['ai-trade', 'container', 'running', 'none'],
      ])
    })

    it('holds a service that was not healthy, or did not run, only to what it was', () => {
      const unhealthy = container({ health: 'unhealthy' })
      expect(differences([unhealthy], [container()])).toEqual([])
      expect(differences([unhealthy], [container({ health: 'starting' })])).toEqual([])
      expect(differences([container({ state: 'exited' })], [container({ state: 'created' })])).toEqual([])
      expect(differences([container({ state: 'restarting' })], [container()])).toEqual([])
      expect(differences([container({ state: 'exited' })], [container()])).toEqual([
        ['ai-trade', 'state', 'exited', 'running'],
      ])
    })

    it('accepts another reference where the image had to be named by its ID', () => {
      const byId = container({ reference: 'sha256:old' })
      expect(differences([container()], [byId], { overridden: ' watchdog ai-trade' })).toEqual([])
      expect(differences([container()], [byId], { overridden: ' ai-trade-watchdog' })).toHaveLength(1)
    })

    it('lets a service that had drifted come back as its files say, but in its old image', () => {
      const files = container({ reference: 'r:files', makeup: 'files' })
      expect(differences([container()], [files], { drifted: 'watchdog\nai-trade' })).toEqual([])
      // Restart policies are set as they were, whatever the files say.
      for (const other of [container({ imageId: 'sha256:new' }), container({ restartPolicy: 'always:0' })])
        expect(differences([container()], [other], { drifted: 'ai-trade' })).toHaveLength(1)
    })

    it('compares no one-off containers', () => {
      const oneOff = container({ name: 'run-1', oneOff: 'True' })
      expect(differences([container()], [container(), oneOff])).toEqual([])
      expect(differences([container(), oneOff], [container()])).toEqual([])
    })
  })

  describe('one-shots', () => {
    const kind = (fields: Partial<Record<keyof typeof USUAL, string>>, before: readonly string[] = []) => {
      mkdirSync(join(bench.directory, 'snapshot'), { recursive: true })
      bench.file('snapshot/containers', `${before.join('\n')}\n`)
      const line = container({ service: 'migrate', health: 'none', restartPolicy: 'no:0', ...fields })
      const { stdout } = bench.run(shell, `TX_DIR='${bench.directory}' GATE=ai-trade; with_kind`, {
        stdin: `${line}\t-\t-\n`,
      })
      return stdout.trimEnd().split('\t')[15]
    }

    it.each([
      ['is not restarted', {}, 'one-shot'],
      ['is restarted after a failure only', { restartPolicy: 'on-failure:3' }, 'one-shot'],
      ['is always restarted', { restartPolicy: 'always:0' }, 'lasting'],
      ['has a healthcheck', { health: 'starting' }, 'lasting'],
      ['is the judged service', { service: 'ai-trade' }, 'lasting'],
    ])('a service that %s', (_, fields, expected) => {
      expect(kind(fields)).toBe(expected)
    })

    it('is none that ran before', () => {
      expect(kind({}, [container({ service: 'migrate', state: 'running' })])).toBe('lasting')
      expect(kind({}, [container({ service: 'migrate', state: 'exited' })])).toBe('one-shot')
      expect(kind({}, [container({ service: 'migrate', oneOff: 'True' })])).toBe('one-shot')
    })
  })

  describe('dependencies', () => {
    const dependencies = (edges: readonly (readonly [string, string])[], services: readonly string[]) =>
      bench
        .run(shell, 'dependencies "$1" "$2"', {
          words: [
            edges.map(([from, to]) => `depends\t${from}\t${to}\tservice_started`).join('\n'),
            services.join('\n'),
          ],
        })
        .stdout.split('\n')
        .slice(0, -1)

    it('puts what others need first', () => {
      const edges = [
        ['web', 'api'],
        ['api', 'db'],
        ['db', 'volume'],
      ] as const
      expect(dependencies(edges, ['web'])).toEqual(['volume', 'db', 'api'])
      expect(dependencies(edges, ['web', 'db'])).toEqual(['volume', 'api'])
    })

    it('names each once, also where they form a circle', () => {
      const edges = [
        ['a', 'b'],
        ['a', 'c'],
        ['b', 'c'],
        ['c', 'a'],
      ] as const
      expect(dependencies(edges, ['a']).sort()).toEqual(['b', 'c'])
    })

    it('starts what a shared dependency needs before what needs it', () => {
      // web needs db itself and through api: db must still come before api.
      const edges = [
        ['web', 'db'],
        ['web', 'api'],
        ['api', 'db'],
      ] as const
      expect(dependencies(edges, ['web'])).toEqual(['db', 'api'])
    })

    it('is empty where nothing depends', () => {
      expect(dependencies([], ['a', 'b'])).toEqual([])
    })
  })

  describe('the services of a compose file, as compose prints it', () => {
    const facts = (yaml: string) =>
      bench
        .run(shell, 'awk "$SERVICE_FACTS"', { stdin: yaml })
        .stdout.split('\n')
        .slice(0, -1)
        .map((line) => line.split('\t'))

    it('reads names, images, log drivers, replicas, and the dependencies that are not optional', () => {
      expect(facts(CANONICAL)).toEqual([
        ['name', 'ai-trade'],
        ['depends', 'ai-trade', 'db.main', 'service_healthy'],
        ['scale', 'ai-trade', '3'],
        ['service', 'ai-trade', 'registry:5000/ai-trade@sha256:01', 'ai-trade', 'none', 'pulled'],
        ['shares', '42', 'ipc', 'container:other'],
        ['shares', '42', 'network', 'service:ai-trade'],
        ['shares', '42', 'pid', 'service:ai-trade'],
        ['service', '42', '42:1', '', '', 'pulled'],
        ['scale', 'built', '2'],
        ['service', 'built', 'ai-trade-built', '', '', 'built'],
      ])
    })
  })
})

/** In the form that compose 2.26 gives: two blanks an indentation, keys sorted, odd words in quotes. */
const CANONICAL = `name: ai-trade
services:
  ai-trade:
    command:
      - sh
      - -c
      - |
        echo services:
          fake:
            image: not-an-image
    container_name: "ai-trade"
    depends_on:
      db.main:
        condition: service_healthy
        required: true
      "redis":
        condition: service_started
        restart: true
        required: false
    deploy:
      replicas: 3
      placement: {}
    environment:
      image: not-an-image
      container_name: |-
        line
            image: not-an-image
      driver: not-a-driver
    image: 'registry:5000/ai-trade@sha256:01'
    labels:
      logging: not-a-driver
    logging:
      driver: none
      options:
        driver: not-a-driver
        image: not-an-image
    networks:
      default: null
  "42":
    image: "42:1"
    ipc: container:other
    network_mode: "service:ai-trade"
    pid: service:ai-trade
    volumes:
      - type: volume
        source: data
        target: /data
        volume: {}
  built:
    ipc: host
    network_mode: none
    build:
      context: /opt/ai-trade
      dockerfile: Dockerfile
    scale: 2
networks:
  default:
    name: ai-trade_default
    driver: bridge
volumes:
  data:
    name: ai-trade_data
    driver: local
configs:
  fake:
    content: |
      services:
        other:
          image: not-an-image
x-services:
  fake:
    image: not-an-image
`
