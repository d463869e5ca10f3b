import { describe, expect, it } from '@jest/globals'
import { plannedReturn, plannedServices } from '../../../src/plan/compile-plan.ts'
import { containerFact, readyFacts } from '../preflight/builders.ts'

const DIGEST = `app@sha256:${'a'.repeat(64)}`
const NOTHING = { deploy: ['app'], defer: [], touched: [], hashes: new Map<string, string>() }

/** The container of the service `app`, with the hash that Compose gave it. */
function running(hash: string) {
  return {
    containers: [containerFact('app')],
    others: [`other\tid-app\tshop-app-1\tUp 3 hours\tshop\tapp\tFalse\t"/srv"\t"/srv/c.yml"\t${hash}`],
  }
}

describe('what would become of a service', () => {
  it('is a start where it has no container', () => {
    expect(plannedServices(readyFacts(), NOTHING)).toEqual([
      { service: 'app', reasons: [], after: 'app:2', before: '', effect: 'started', turn: 'before-gate' },
    ])
  })

  it.each([
    { why: 'another image', release: ['released\tapp\tapp:2'], hash: 'x', touched: [], reasons: ['image'] },
    {
      why: 'another configuration',
      release: ['released\tapp\tapp:1'],
      hash: 'other',
      touched: [],
      reasons: ['configuration'],
    },
    {
      why: 'a path that it mounts',
      release: ['released\tapp\tapp:1'],
      hash: 'x',
      touched: ['app'],
      reasons: ['files'],
    },
    {
      why: 'an image and a path',
      release: ['released\tapp\tapp:2'],
      hash: 'other',
      touched: ['app'],
      reasons: ['image', 'files'],
    },
  ])('is a recreation for $why', ({ release, hash, touched, reasons }) => {
    const input = { ...NOTHING, touched, hashes: new Map([['app', hash]]) }
    const [planned] = plannedServices(readyFacts({ release, ...running('x') }), input)
    expect(planned).toMatchObject({ effect: 'recreated', reasons, before: 'app:1' })
  })

  it.each([
    { reference: 'app:1', effect: 'depends-on-tag' },
    { reference: DIGEST, effect: 'kept' },
  ])('is nothing where nothing of it changes: $effect', ({ reference, effect }) => {
    const facts = readyFacts({
      release: [`released\tapp\t${reference}`],
      ...running('x'),
      containers: [containerFact('app').replace('\tapp:1\t', `\t${reference}\t`)],
    })
    expect(plannedServices(facts, { ...NOTHING, hashes: new Map([['app', 'x']]) })).toMatchObject([
      { effect, reasons: [] },
    ])
  })

  it('takes the reference of the files where the release sets none, and tells who waits for the gate', () => {
    const facts = readyFacts({ release: ['edit_refused\tno'] })
    expect(plannedServices(facts, { ...NOTHING, deploy: ['side'], defer: ['side'] })).toMatchObject([
      { after: 'side:1', turn: 'after-gate' },
    ])
  })
})

describe('what a rollback would return to', () => {
  it('is every container of a service, and no one-off container', () => {
    const containers = [containerFact('app'), containerFact('migrate', 'exited', 'True')]
    expect(plannedReturn(readyFacts({ containers }))).toEqual([
      {
        service: 'app',
        container: 'shop-app-1',
        reference: 'app:1',
        imageId: 'sha256:1',
        state: 'running',
      },
    ])
  })
})
