import { describe, expect, it } from '@jest/globals'
import { inDependencyOrder } from '../../../src/model/service-order.ts'

describe('inDependencyOrder', () => {
  it.each<
    readonly [string, Readonly<Record<string, readonly string[]>>, readonly string[], readonly string[]]
  >([
    ['no need', {}, ['b', 'a'], ['b', 'a']],
    ['a need of a need', { app: ['cache'], cache: ['disk'] }, ['app'], ['disk', 'cache', 'app']],
    ['a shared need, once', { a: ['c'], b: ['c'] }, ['a', 'b'], ['c', 'a', 'b']],
    ['one that is asked for itself', { a: ['b'] }, ['a', 'b'], ['b', 'a']],
    ['a circle', { a: ['b'], b: ['a'] }, ['a'], ['b', 'a']],
  ])('puts what a service needs before it: %s', (_what, needs, services, order) => {
    expect(inDependencyOrder(services, (service) => needs[service] ?? [])).toEqual(order)
  })
})
