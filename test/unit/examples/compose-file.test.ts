import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'

const text = read('docker-compose.prod.yml')
/** As compose reads it when no variable is set. */
const stack = parse(text.replace(/\$\{\w+:-([^}]*)\}/g, '$1'))

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../../examples/ai-trade/${path}`, import.meta.url)), 'utf8')
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

  it('checks the health of ai-trade alone, at the production times', () => {
    const { test, ...times } = stack.services['ai-trade'].healthcheck
    expect(test[1]).toMatch(/^kill -0 1\b/)
    expect(times).toEqual({ interval: '30s', timeout: '5s', retries: 3, start_period: '20s' })
    expect(stack.services.watchdog.healthcheck ?? stack.services.scheduler.healthcheck).toBeUndefined()
  })

  it('starts research only when it is asked for', () => {
    expect(stack.services['ai-trade-research'].profiles).toEqual(['research'])
  })

  it('uses no variable that .env.example leaves out', () => {
    const used = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name))
    const described = new Set([...read('.env.example').matchAll(/^(?:# )?(\w+)=/gm)].map(([, name]) => name))
    expect([...used].filter((name) => !described.has(name))).toEqual([])
    expect(used.size).toBeGreaterThan(10)
  })
})
