import { describe, expect, it } from '@jest/globals'
import { plannedReturn, plannedServices } from '../../../src/plan/compile-plan.ts'
import { containerFact, readyFacts } from '../preflight/builders.ts'

const DIGEST = `app@sha256:${'a'.repeat(64)}`
const NOTHING = { deploy: ['app'], defer: [], touched: [], drifted: [] }

describe('what would become of a service', () => {
  it('is a start where it has no container', () => {
    expect(plannedServices(readyFacts(), NOTHING)).toEqual([
      { service: 'app', reasons: [], after: 'app:2', before: '', effect: 'started', turn: 'before-gate' },
    ])
  })

  it.each([
    { why: 'another image', release: 'app:2', more: {}, reasons: ['image'] },
    {
      why: 'what Compose makes of it',
      release: 'app:1',
      more: { planned: ['app'] },
      reasons: ['configuration'],
    },
    { why: 'drift', release: 'app:1', more: { drifted: ['app'] }, reasons: ['configuration'] },
    { why: 'a path that it mounts', release: 'app:1', more: { touched: ['app'] }, reasons: ['files'] },
    {
      why: 'all of them',
      release: 'app:2',
      more: { planned: ['app'], touched: ['app'] },
      reasons: ['image', 'configuration', 'files'],
    },
  ])('is a recreation for $why', ({ release, more, reasons }) => {
    const { planned = [], ...input } = { planned: [] as readonly string[], ...more }
    const facts = readyFacts({
      containers: [containerFact('app')],
      release: [`released\tapp\t${release}`],
      earlier: planned.map((service) => `planned\t${service}\tchanged`),
    })
    expect(plannedServices(facts, { ...NOTHING, ...input })).toMatchObject([
      { effect: 'recreated', reasons, before: 'app:1' },
    ])
  })

  it.each([
    { reference: 'app:1', effect: 'depends-on-tag' },
    { reference: DIGEST, effect: 'kept' },
  ])('is nothing where nothing of it changes: $effect', ({ reference, effect }) => {
    const facts = readyFacts({
      release: [`released\tapp\t${reference}`],
      containers: [containerFact('app').replace('\tapp:1\t', `\t${reference}\t`)],
    })
    expect(plannedServices(facts, NOTHING)).toMatchObject([{ effect, reasons: [] }])
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
