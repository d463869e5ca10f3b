import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import { statusLines } from './log-text.ts'

const stack = stackOf('docker-compose.prod.yml')
const development = stackOf('docker-compose.yml')

/** As compose reads it when no variable is set. */
function stackOf(path: string) {
  return parse(read(path).replace(/\$\{\w+:-([^}]*)\}/g, '$1'))
}

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../examples/ai-trade/${path}`, import.meta.url)), 'utf8')
}

describe('the production compose file', () => {
  it.each([
    ['ai-trade', 'ai-trade', 'ai-trade:latest'],
    ['watchdog', 'ai-trade-watchdog', 'ai-trade:latest'],
    ['scheduler', 'ai-trade-scheduler', 'docker:28-cli'],
    ['ai-trade-research', 'ai-trade-research', 'ai-trade-research:latest'],
  ])('%s is the container %s of %s', (service, container, image) => {
    expect(stack.services[service]).toMatchObject({ container_name: container, image })
  })

  it.each(['ai-trade', 'watchdog'])('checks the health of %s, at the production times', (service) => {
    const { test, ...times } = stack.services[service].healthcheck
    expect(test[1]).toMatch(/^kill -0 1\b/)
    expect(times).toEqual({ interval: '30s', timeout: '5s', retries: 3, start_period: '20s' })
  })

  it('gives the keys of the exchange to the trading service alone', () => {
    const given = Object.entries<{ env_file?: string }>(stack.services).filter(([, { env_file }]) => env_file)
    expect(given.map(([name]) => name)).toEqual(['ai-trade'])
  })

  it('mounts what it shares with the host under its own path there', () => {
    const volumes = Object.values<{ volumes?: string[] }>(stack.services).flatMap(
      (service) => service.volumes ?? [],
    )
    const paths = volumes.map((volume) => volume.replace(/:ro$/, '').split(':'))
    expect(paths.filter(([host, container]) => host !== container)).toEqual([])
    expect(stack.services.watchdog.volumes).toEqual(['/var/run/docker.sock:/var/run/docker.sock:ro'])
  })

  it.each(['ai-trade', 'watchdog', 'scheduler'])(
    'keeps the log of %s from growing without end',
    (service) => {
      expect(stack.services[service].logging).toMatchObject({ driver: 'json-file' })
    },
  )

  it('keeps at least what the longest window that cron judges can hold: 12 hours, 100 lines a minute', () => {
    const { 'max-size': size, 'max-file': files } = stack.services['ai-trade'].logging.options
    const lineBytes = Math.max(...statusLines(50).map((line) => Buffer.byteLength(line)))
    // Beside the line, json-file writes its stream and its time: {"log":"…\n","stream":"stdout","time":"…"}
    const written = 12 * 60 * 100 * (lineBytes + 80)
    // Of the files the newest may have begun just now.
    expect(Number(/^(\d+)m$/.exec(size)?.[1]) * 1_000_000 * (Number(files) - 1)).toBeGreaterThan(written)
  })

  it('starts research only when it is asked for', () => {
    expect(stack.services['ai-trade-research'].profiles).toEqual(['research'])
  })
})

describe('the development compose file', () => {
  it('builds what production takes as images', () => {
    const built = (service: string) => development.services[service].build
    expect(built('ai-trade')).toMatchObject({ context: '.' })
    expect(built('ai-trade-research')).toMatchObject({ context: '.', dockerfile: 'Dockerfile.research' })
    const production = Object.values<{ build?: unknown }>(stack.services)
    expect(production.filter(({ build }) => build !== undefined)).toEqual([])
  })

  it('has nothing that runs the loop by itself, and takes paths as they are', () => {
    expect(Object.keys(development.services)).toEqual(['ai-trade', 'ai-trade-research'])
    for (const service of ['ai-trade', 'ai-trade-research'])
      expect(development.services[service].volumes).toEqual(['./data:/opt/ai-trade/data'])
  })

  it('is another project than production', () => {
    expect([stack.name, development.name]).toEqual(['ai-trade', 'ai-trade-dev'])
  })
})

describe('.env.example', () => {
  it.each(['AI_TRADE_BYBIT_DEMO_API_KEY', 'AI_TRADE_BYBIT_DEMO_API_SECRET'])('wants %s', (name) => {
    expect(read('.env.example')).toContain(`\n${name}=\n`)
  })

  it('shows the defaults of production', () => {
    const shown = [...read('.env.example').matchAll(/^# (\w+)=(.+)$/gm)].map(([, name, value]) => [
      name,
      value,
    ])
    const defaults = new Map(
      [
        ...`${read('docker-compose.prod.yml')}${read('docker-compose.yml')}`.matchAll(
          /\$\{(\w+):-([^}]+)\}/g,
        ),
      ].map(([, name, value]) => [name, value]),
    )
    expect(shown.length).toBeGreaterThan(8)
    for (const [name, value] of shown)
      if (defaults.has(name)) expect([name, value]).toEqual([name, defaults.get(name)])
  })
})
