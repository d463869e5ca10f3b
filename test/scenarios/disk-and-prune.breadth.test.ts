import { createHash } from 'node:crypto'
import { beforeAll, expect, it } from '@jest/globals'
import { deployLight } from '../faults/cell.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import { type LightStack, lightStack } from '../support/light-stack/light-stack.ts'
import {
  type Deployment,
  type DeployRun,
  expectTruthful,
  expectUntouched,
  hostState,
} from '../support/scenario/scenario.ts'

let stack: LightStack

beforeAll(async () => {
  stack = await lightStack(workerHost())
}, 300_000)

type Name = 'one' | 'other' | 'third'

async function deployed(release: Name, given: Omit<Deployment, 'image'> = {}) {
  const before = await hostState(stack.host)
  const run: DeployRun = await deployLight(stack, stack.releases[release], given)
  return { run, before, after: await hostState(stack.host), release: stack.releases[release] }
}

/** An image in the registry whose layer claims to be larger than any disk. */
async function pretendedlyHuge() {
  const { address, username, password } = stack.host.registry
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const type = 'application/vnd.docker.distribution.manifest.v2+json'
  const registry = `http://${address}/v2/light`
  const answered = async (path: string, request: RequestInit) => {
    const answer = await fetch(path, { ...request, headers: { authorization, 'content-type': type } })
    if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${await answer.text()}`)
    return answer
  }
  const uploaded = async (body: string) => {
    const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`
    const upload = await answered(`${registry}/blobs/uploads/`, { method: 'POST' })
    await answered(`${upload.headers.get('location')}&digest=${digest}`, { method: 'PUT', body })
    return digest
  }
  const part = (name: string) => `application/vnd.docker.${name}`
  const config = await uploaded('{"architecture":"amd64","os":"linux"}')
  const layer = await uploaded('no layer at all')
  const manifest = {
    schemaVersion: 2,
    mediaType: type,
    config: { mediaType: part('container.image.v1+json'), size: 37, digest: config },
    layers: [{ mediaType: part('image.rootfs.diff.tar.gzip'), size: 10 ** 13, digest: layer }],
  }
  await answered(`${registry}/manifests/huge`, { method: 'PUT', body: JSON.stringify(manifest) })
  return { reference: `${address}/light:huge`, imageId: '' }
}

it('pulls nothing that does not fit on the disk, and says what is needed and what is free', async () => {
  const release = await pretendedlyHuge()
  const before = await hostState(stack.host)
  await using run = await deployLight(stack, release)
  const after = await hostState(stack.host)

  expect(run.log).toContain('Disk: the pull needs at most')
  expectUntouched(before, after)
  const why = { reason: 'prefetch.no_space', fault: 'environment', gate: 'not_run' } as const
  expectTruthful(run, { outcome: 'unchanged', ...why }, { before, after, release })
  expect(run.errors[0]?.message).toMatch(
    /the pull needs at most \d+ TiB \(9\.1 TiB compressed\), .* are free where Docker keeps images \(\/.*\); snapshot and rollback need 1\.\d MiB/u,
  )
  expect(run.log).not.toContain('docker pull')
})

it('removes images of releases before the last two, and nothing that is somebody else’s or in use', async () => {
  const { host, releases } = stack
  const prune = { inputs: { 'prune-images': 'old' } }
  // `one` stands, by hand.
  const kept = { inputs: {} }
  for (const name of ['other', 'third', 'one'] as const) {
    await using run = (await deployed(name, kept)).run
    expect(run.outputs.outcome).toBe('promoted')
  }
  // A tag of somebody else on `other`, and a stopped container of `third`, save them.
  await host.sh(
    `docker tag '${releases.other.imageId}' mine:1 && docker create --name of-mine '${releases.third.imageId}' true`,
  )
  const saved = await deployed('one', prune)
  await using _saved = saved.run
  expect(saved.run.outputs.outcome).toBe('promoted')
  expect(saved.run.log).not.toContain('did not remove all images')
  expect(saved.after.images).toEqual(expect.arrayContaining([releases.other.imageId, releases.third.imageId]))
  expect(saved.run.log).toContain('There is no image of an old release to remove.')

  await host.sh('docker rmi --no-prune mine:1 && docker rm of-mine')
  const pruned = await deployed('one', { inputs: { 'prune-images': 'old', 'keep-releases': '1' } })
  await using _pruned = pruned.run

  expect(pruned.run.outputs.outcome).toBe('promoted')
  expect(pruned.run.log).not.toContain('did not remove all images')
  const gone = [releases.other, releases.third]
  expect(pruned.before.images.filter((id) => !pruned.after.images.includes(id)).toSorted()).toEqual(
    gone.map(({ imageId }) => imageId).toSorted(),
  )
  for (const { reference } of gone)
    expect(pruned.run.log).toMatch(new RegExp(`Removed 2 images of old releases .*${reference}`, 'u'))
  const { one, scheduler } = releases
  expect(pruned.after.images).toEqual(expect.arrayContaining([one.imageId, scheduler.imageId]))
  expect(pruned.after.containers['ai-trade']?.imageId).toBe(one.imageId)
  expect(pruned.after.locks).toEqual([])

  // And a release that was removed can be deployed again.
  const again = await deployed('other', prune)
  await using _again = again.run
  expect(again.run.outputs.outcome).toBe('promoted')
  expect(again.after.containers['ai-trade']?.imageId).toBe(releases.other.imageId)
}, 600_000)
