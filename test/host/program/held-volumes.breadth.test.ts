import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type TransactionBench, transactionBench } from './transaction-bench.ts'

let bench: TransactionBench
beforeAll(async () => {
  bench = await transactionBench()
})
afterAll(async () => await bench[Symbol.asyncDispose]())

const volumes = () => bench.host.sh('docker volume ls --quiet | sort')

it('an image that declares volumes is held without one', async () => {
  await bench.host.sh(`
printf '%s\\n' 'FROM small:old' 'VOLUME /data' 'VOLUME ["/a,b", "/with blank"]' | DOCKER_BUILDKIT=0 docker build --quiet --tag small:new -`)
  const before = await volumes()

  const id = await bench.prepare('small:new')

  const held = await bench.host.sh(`
for held in $(docker ps --all --quiet --filter name=closed-loop-hold-${id}); do
  docker inspect --format '{{range .Mounts}}{{.Type}} {{.Destination}};{{end}}' "$held"
done | sort`)
  expect(
    held
      .trim()
      .split('\n')
      .filter((line) => line !== ''),
  ).toEqual([expect.stringMatching(/^(tmpfs \/(a,b|data|with blank);){3}$/)])
  expect(await volumes()).toBe(before)
})
